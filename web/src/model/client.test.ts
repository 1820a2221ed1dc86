import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type {
  Message,
  MessageFrame,
  Notice,
  Page,
  RoomEntry,
  ServerFrame,
  User,
} from "../protocol/generated";
import {
  apply,
  applyLocalRead,
  applyPage,
  cursorsOf,
  emptyClient,
  expireTyping,
  judge,
  unreadOf,
  type ClientState,
} from "./client";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };
const ann: User = { id: "u2", name: "ann", display_name: "Ann", kind: "person", role: "member" };
const ghost: User = { id: "u9", name: "ghost", display_name: "Ghost", kind: "imported", role: "member" };

function entry(id: string, head = 10, count = 8): RoomEntry {
  return {
    room: {
      id,
      kind: "group",
      name: "Room",
      topic: "",
      created_at: 0,
      member_count: 2,
      head,
      count,
      pins: 0,
    },
    role: "member",
    joined_at: 0,
    read: { seq: head, ordinal: count },
  };
}

function ready(rooms: RoomEntry[]): ServerFrame {
  return {
    type: "ready",
    epoch: "e",
    connection: "c",
    me,
    useq: 5,
    resumed: false,
    heartbeat_ms: 1000,
    rooms,
  };
}

function start(): ClientState {
  return apply(emptyClient(me), ready([entry("r")]));
}

function frame(seq: number, ordinal: number, user: User, more: Partial<Message> = {}): MessageFrame {
  const message: Message = {
    id: `m${String(seq)}`,
    room: "r",
    seq,
    ordinal,
    kind: "text",
    author: user.id,
    at: seq,
    text: "hi",
    ...more,
  };
  return { type: "message", room: "r", seq, message, user };
}

function notice(seq: number, user: User, n: Notice): MessageFrame {
  return frame(seq, 8, user, { kind: "notice", text: "", notice: n });
}

const room = (state: ClientState): RoomEntry => state.rooms.get("r")!.entry;

describe("what a frame is", () => {
  it("is next, known, or shows a loss, by the sequence of the room", () => {
    const s = start();
    expect(judge(s, frame(11, 9, ann))).toBe("next");
    expect(judge(s, frame(10, 8, ann))).toBe("known");
    expect(judge(s, frame(12, 9, ann))).toBe("lost");
  });

  it("is judged by the person's own sequence too", () => {
    const s = start();
    const read = (useq: number): ServerFrame => ({
      type: "read",
      useq,
      room: "r",
      read: { seq: 1, ordinal: 1 },
    });
    expect([5, 6, 7].map((n) => judge(s, read(n)))).toEqual(["known", "next", "lost"]);
  });

  it("a beat beyond what one has shows a loss", () => {
    const s = start();
    expect(judge(s, { type: "beat", useq: 5, heads: { r: 10 } })).toBe("next");
    expect(judge(s, { type: "beat", useq: 5, heads: { r: 11 } })).toBe("lost");
    expect(judge(s, { type: "beat", useq: 6, heads: {} })).toBe("lost");
  });
});

describe("apply", () => {
  it("derives unread from the head and the read marker", () => {
    const s = apply(start(), frame(11, 9, ann));
    expect(unreadOf(room(s))).toBe(1);
    expect(
      unreadOf(room(apply(s, { type: "read", useq: 6, room: "r", read: { seq: 11, ordinal: 9 } }))),
    ).toBe(0);
  });

  it("moves one's own marker with one's own message", () => {
    const s = apply(apply(start(), frame(11, 9, ann)), frame(12, 10, me));
    expect(room(s).read).toEqual({ seq: 12, ordinal: 10 });
    expect(unreadOf(room(s))).toBe(0);
  });

  it("keeps what was read on another device when older lines of one's own come after it", () => {
    // As after a pause: one's own events first, then the room's lines, in which one wrote before one read to the end.
    let s = apply(start(), { type: "read", useq: 6, room: "r", read: { seq: 12, ordinal: 10 } });
    s = apply(s, frame(11, 9, me));
    s = apply(s, frame(12, 10, ann));
    expect(room(s).read).toEqual({ seq: 12, ordinal: 10 });
    expect(unreadOf(room(s))).toBe(0);
  });

  it("never moves a marker back", () => {
    const s = applyLocalRead(apply(start(), frame(11, 9, ann)), "r", { seq: 11, ordinal: 9 });
    expect(room(apply(s, { type: "read", useq: 6, room: "r", read: { seq: 10, ordinal: 8 } })).read.seq).toBe(
      11,
    );
  });

  it("takes name, topic, members and role from notices", () => {
    let s = start();
    s = apply(s, notice(11, ann, { kind: "renamed", name: "New" }));
    s = apply(s, notice(12, ann, { kind: "described", topic: "Things" }));
    s = apply(s, notice(13, ann, { kind: "joined" }));
    s = apply(s, notice(14, ann, { kind: "role", subject: me, role: "admin" }));
    expect(room(s)).toMatchObject({
      role: "admin",
      room: { name: "New", topic: "Things", member_count: 3, head: 14, count: 8 },
    });
    expect(unreadOf(room(s))).toBe(0);
  });

  it("lets imported notices change nothing", () => {
    const s = apply(start(), notice(11, ghost, { kind: "joined" }));
    expect(room(s).room.member_count).toBe(2);
  });

  it("keeps the newest countable line as the last one, edited and deleted with it", () => {
    let s = apply(start(), frame(11, 9, ann, { text: "one" }));
    s = apply(s, notice(12, ann, { kind: "joined" }));
    expect(room(s).last?.seq).toBe(11);
    s = apply(s, { type: "edit", room: "r", seq: 13, target: 11, actor: "u2", text: "two", at: 50 });
    expect(room(s).last).toMatchObject({ text: "two", edited_at: 50 });
    s = apply(s, { type: "delete", room: "r", seq: 14, target: 11, actor: "u2", at: 60, pins: 0 });
    expect(room(s).last).toMatchObject({ text: "", deleted_at: 60 });
    expect(room(s).room.head).toBe(14);
  });

  it("adds and removes rooms, and keeps what the answer of one's own request brought", () => {
    let s = apply(start(), { type: "room_added", useq: 6, entry: entry("x") });
    const before = s.rooms.get("x");
    s = apply(s, { type: "room_added", useq: 7, entry: entry("x") });
    expect(s.rooms.get("x")).toBe(before);
    s = apply(s, { type: "room_removed", useq: 8, room: "x" });
    expect(s.rooms.has("x")).toBe(false);
    expect(s.useq).toBe(8);
  });

  it("forgets everything on a ready that did not resume, and nothing on one that did", () => {
    const s = applyPage(
      start(),
      {
        room: "r",
        head: 10,
        useq: 5,
        messages: [frame(9, 8, ann).message],
        users: [ann],
        quoted: [],
        has_before: false,
        has_after: false,
      },
      {},
    );
    const resumed = apply(s, {
      type: "ready",
      epoch: "e",
      connection: "d",
      me,
      useq: 9,
      resumed: true,
      heartbeat_ms: 1,
    });
    expect(resumed.rooms).toBe(s.rooms);
    expect(resumed.useq).toBe(5);
    const anew = apply(s, ready([entry("r", 40, 30)]));
    expect(anew.rooms.get("r")?.timeline.segments).toEqual([]);
    expect(anew.rooms.get("r")?.generation).toBeGreaterThan(s.rooms.get("r")!.generation);
  });

  it("drops the timeline of a room that was reset", () => {
    const s = apply(start(), { type: "reset", entry: entry("r", 900, 800) });
    expect(room(s).room.head).toBe(900);
    expect(cursorsOf(s)).toEqual({ epoch: "e", useq: 5, rooms: { r: 900 } });
  });

  it("does not tell that one writes oneself, on another device", () => {
    const s = start();
    expect(apply(s, { type: "typing", room: "r", user: s.me, for_ms: 5000 }, 1000)).toBe(s);
  });

  it("ends typing by a message, by a stop, and by time", () => {
    const typing: ServerFrame = { type: "typing", room: "r", user: ann, for_ms: 5000 };
    const s = apply(start(), typing, 1000);
    const typists = (c: ClientState): number => c.rooms.get("r")!.typing.length;
    expect(typists(s)).toBe(1);
    expect(typists(apply(s, frame(11, 9, ann)))).toBe(0);
    expect(typists(apply(s, { ...typing, for_ms: 0 }, 1500))).toBe(0);
    expect(typists(expireTyping(s, 5999))).toBe(1);
    expect(typists(expireTyping(s, 6000))).toBe(0);
  });

  it("only ever moves who has seen what forward", () => {
    let s = apply(start(), { type: "seen", room: "r", user: "u2", seq: 9 });
    s = apply(s, { type: "seen", room: "r", user: "u2", seq: 4 });
    expect(s.rooms.get("r")?.seen.get("u2")).toBe(9);
  });

  it("leaves untouched rooms the same objects", () => {
    const s = apply(emptyClient(me), ready([entry("r"), entry("x")]));
    expect(apply(s, frame(11, 9, ann)).rooms.get("x")).toBe(s.rooms.get("x"));
  });
});

/* The state law, on the fixtures that the server's own test wrote: the snapshot before, with the frames applied, is the
 * snapshot after; the entries of the list and every line of every known timeline. */
interface Snapshot {
  readonly ready: Extract<ServerFrame, { type: "ready" }>;
  readonly pages: readonly Page[];
}

interface Fixture {
  readonly user: string;
  readonly before: Snapshot;
  readonly frames: readonly ServerFrame[];
  readonly after: Snapshot;
}

const folder = new URL("../../../tests/fixtures/state_law/", import.meta.url);
const names = existsSync(folder) ? readdirSync(folder).filter((n) => n.endsWith(".json")) : [];

function load({ ready, pages }: Snapshot): ClientState {
  return pages.reduce((state, page) => applyPage(state, page, {}), apply(emptyClient(ready.me), ready));
}

describe.skipIf(names.length === 0)("state law", () => {
  it.each(names)("%s", (name) => {
    const fixture = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Fixture;
    let state = load(fixture.before);
    const wanted = load(fixture.after);
    for (const f of fixture.frames) {
      const verdict = judge(state, f);
      expect(verdict).not.toBe("lost");
      if (verdict === "next") state = apply(state, f);
    }
    // People are known by id in one place; the copies inside entries and lines are only how they came in.
    const known = (s: ClientState, value: unknown): unknown =>
      JSON.parse(JSON.stringify(value), (_, v: unknown) =>
        typeof v === "object" && v !== null && "display_name" in v && "id" in v
          ? s.users.get(String(v.id))
          : v,
      );
    const entries = (s: ClientState): unknown =>
      known(s, Object.fromEntries([...s.rooms].map(([id, r]) => [id, r.entry])));
    expect(entries(state)).toEqual(entries(wanted));
    expect(state.useq).toBe(wanted.useq);
    expect(state.blocked).toEqual(wanted.blocked);
    expect(state.me).toEqual(wanted.me);
    for (const [id, room] of state.rooms) {
      if (room.timeline.segments.length === 0) continue; // just entered: it is paged when it is opened
      const lines = (s: ClientState): unknown => known(s, s.rooms.get(id)?.timeline.segments);
      expect(lines(state)).toEqual(lines(wanted));
      const whispers = (s: ClientState): unknown =>
        Object.fromEntries(s.rooms.get(id)?.timeline.whispers ?? []);
      expect(whispers(state)).toEqual(whispers(wanted));
    }
  });
});
