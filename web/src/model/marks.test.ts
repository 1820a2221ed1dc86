import { describe, expect, it } from "vitest";
import type {
  HiddenFrame,
  Message,
  Page,
  PinFrame,
  ReactionFrame,
  Room,
  RoomEntry,
  ServerFrame,
  StarFrame,
  User,
} from "../protocol/generated";
import { apply, applyPage, emptyClient, judge, type ClientState } from "./client";
import { changed, ownChanged, react } from "./marks";
import { findMessage } from "./timeline";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };
const ann: User = { id: "u2", name: "ann", display_name: "Ann", kind: "person", role: "member" };

function line(seq: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${String(seq)}`,
    room: "r",
    seq,
    ordinal: seq,
    kind: "text",
    author: "u2",
    at: seq,
    text: `line ${String(seq)}`,
    ...more,
  };
}

const reaction = (seq: number, target: number, emoji: string, on = true, actor = "u2"): ReactionFrame => ({
  type: "reaction",
  room: "r",
  seq,
  target,
  actor,
  emoji,
  on,
  at: seq,
});
const pin = (seq: number, target: number, on: boolean, pins = 1): PinFrame => ({
  type: "pin",
  room: "r",
  seq,
  target,
  actor: "u2",
  on,
  at: seq,
  pins,
});
const star = (useq: number, seq: number, on = true): StarFrame => ({
  type: "star",
  useq,
  room: "r",
  seq,
  on,
});
const hide = (useq: number, seq: number, last?: Message): HiddenFrame => ({
  type: "hidden",
  useq,
  room: "r",
  seq,
  ...(last ? { last, last_user: ann } : {}),
});

describe("reactions", () => {
  const change = changed("u1");

  it("count up and down, in the order in which each emoji came first", () => {
    let m = line(1);
    m = change(m, reaction(2, 1, "👍"));
    m = change(m, reaction(3, 1, "🎉", true, "u1"));
    m = change(m, reaction(4, 1, "👍", true, "u1"));
    expect(m.reactions).toEqual([
      { emoji: "👍", count: 2, mine: true },
      { emoji: "🎉", count: 1, mine: true },
    ]);
    m = change(m, reaction(5, 1, "👍", false, "u1"));
    expect(m.reactions?.[0]).toEqual({ emoji: "👍", count: 1 });
    m = change(m, reaction(6, 1, "👍", false));
    m = change(m, reaction(7, 1, "👍"));
    expect(m.reactions?.map((r) => r.emoji)).toEqual(["🎉", "👍"]);
    m = change(change(m, reaction(8, 1, "👍", false)), reaction(9, 1, "🎉", false, "u1"));
    expect(m).toEqual(line(1));
  });

  it("leave the ones untouched that are not meant", () => {
    const all = [{ emoji: "👍", count: 1 }];
    expect(react(all, { emoji: "🎉", on: false }, true)).toBe(all);
  });

  it("go with a deletion, and nothing comes back", () => {
    let m = change(change(line(1), reaction(2, 1, "👍")), pin(3, 1, true));
    m = change(ownChanged(m, star(1, 1)), {
      type: "delete",
      room: "r",
      seq: 4,
      target: 1,
      actor: "u2",
      at: 9,
      pins: 0,
    });
    expect(m).toEqual(line(1, { text: "", deleted_at: 9 }));
    expect(change(change(m, reaction(5, 1, "👍")), pin(6, 1, true))).toBe(m);
    expect(ownChanged(m, star(2, 1))).toBe(m);
  });
});

describe("what one deletes for oneself", () => {
  const change = changed("u1");
  it("keeps only its place, and takes no change any more", () => {
    const full = line(1, {
      edited_at: 3,
      reactions: [{ emoji: "👍", count: 1 }],
      pinned: true,
      starred: true,
    });
    const gone = ownChanged(full, hide(1, 1));
    expect(gone).toEqual(line(1, { text: "", hidden: true }));
    expect(change(gone, { type: "edit", room: "r", seq: 5, target: 1, actor: "u2", text: "x", at: 5 })).toBe(
      gone,
    );
    expect(change(gone, reaction(6, 1, "👍"))).toBe(gone);
    expect(ownChanged(gone, star(2, 1))).toBe(gone);
  });
});

// ------------------------------------------------------------------------------------------------ in the state

function entry(head: number, last?: Message): RoomEntry {
  const room: Room = {
    id: "r",
    kind: "group",
    name: "Room",
    topic: "",
    created_at: 0,
    member_count: 2,
    head,
    count: head,
    pins: 0,
  };
  return {
    room,
    role: "member",
    joined_at: 0,
    read: { seq: head, ordinal: head },
    ...(last ? { last, last_user: ann } : {}),
  };
}

function start(head: number, last?: Message): ClientState {
  return apply(emptyClient(me), {
    type: "ready",
    epoch: "e",
    connection: "c",
    me,
    useq: 0,
    resumed: false,
    heartbeat_ms: 1,
    rooms: [entry(head, last)],
  });
}

const roomOf = (s: ClientState): RoomEntry => s.rooms.get("r")!.entry;

describe("the list of conversations", () => {
  it("shows the line before when the last one is deleted for oneself", () => {
    let s = start(3, line(3));
    s = apply(s, hide(1, 2));
    expect(roomOf(s).last?.seq).toBe(3);
    s = apply(s, hide(2, 3, line(1)));
    expect(roomOf(s).last?.seq).toBe(1);
    s = apply(s, hide(3, 1));
    expect(roomOf(s)).not.toHaveProperty("last");
    expect(roomOf(s)).not.toHaveProperty("last_user");
    expect(s.useq).toBe(3);
  });

  it("is not taken by a line that comes deleted already", () => {
    const message = line(4, { hidden: true, text: "" });
    const s = apply(start(3, line(3)), { type: "message", room: "r", seq: 4, message, user: ann });
    expect(roomOf(s).last?.seq).toBe(3);
    expect(roomOf(s).room).toMatchObject({ head: 4, count: 4 });
  });

  it("counts pins, and shows its last line without what stands on it", () => {
    let s = start(3, line(3));
    s = apply(s, reaction(4, 3, "👍"));
    s = apply(s, pin(5, 3, true, 7));
    expect(roomOf(s).last).toEqual(line(3));
    expect(roomOf(s).room).toMatchObject({ head: 5, pins: 7 });
    s = apply(s, { type: "delete", room: "r", seq: 6, target: 3, actor: "u2", at: 6, pins: 6 });
    expect(roomOf(s).room.pins).toBe(6);
  });
});

/* The server is a log of frames and what the room looks like after each. The client gets the frames in order and late, and
 * pages that were read at any moment, before what it has or ahead of it. */
describe("pages and frames that overtake each other", () => {
  it("lead to what the server has", () => {
    let seed = 11;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const emoji = ["👍", "🎉", "🐢"];
    for (let round = 0; round < 60; round++) {
      let lines: readonly Message[] = [];
      let head = 0;
      let useq = 0;
      const change = changed("u1");
      const log: ServerFrame[] = [];
      const pages: Page[] = [];
      const held = new Set<string>();
      const replace = (at: number, m: Message): void => {
        lines = lines.with(at, m);
      };
      const snapshot = (): Page => ({
        room: "r",
        head,
        useq,
        messages: lines,
        users: [ann],
        quoted: [],
        has_before: false,
        has_after: false,
      });
      for (let step = 0; step < 80; step++) {
        const at = random(Math.max(1, lines.length));
        const target = lines[at];
        const kind = target ? random(10) : 0;
        let frame: ServerFrame | undefined;
        if (kind < 2) {
          const message = line(++head);
          lines = [...lines, message];
          frame = { type: "message", room: "r", seq: head, message, user: ann };
        } else if (kind < 6) {
          const actor = random(2) ? "u1" : "u2";
          const what = emoji[random(3)]!;
          const key = `${String(target!.seq)} ${what} ${actor}`;
          if (target!.hidden !== true && target!.deleted_at === undefined) {
            const on = !held.has(key);
            if (on) held.add(key);
            else held.delete(key);
            const f = reaction(++head, target!.seq, what, on, actor);
            replace(at, change(target!, f));
            frame = f;
          }
        } else if (kind === 6) {
          const f = pin(++head, target!.seq, target!.pinned !== true, 1);
          replace(at, change(target!, f));
          frame = f;
        } else if (kind === 7 || (kind === 8 && random(4) > 0)) {
          const f = star(++useq, target!.seq, target!.starred !== true);
          replace(at, ownChanged(target!, f));
          frame = f;
        } else if (kind === 8) {
          const f = hide(++useq, target!.seq);
          replace(at, ownChanged(target!, f));
          frame = f;
        } else {
          const f: ServerFrame = {
            type: "delete",
            room: "r",
            seq: ++head,
            target: target!.seq,
            actor: "u2",
            at: head,
            pins: 0,
          };
          replace(at, change(target!, f));
          frame = f;
        }
        if (frame) {
          log.push(frame);
          pages.push(snapshot());
        }
      }
      let client = start(0);
      for (const [i, frame] of log.entries()) {
        if (random(6) === 0) {
          const when = Math.max(0, Math.min(pages.length - 1, i + random(30) - 15));
          client = applyPage(client, pages[when]!, {});
        }
        if (judge(client, frame) === "next") client = apply(client, frame);
      }
      const check = (): void => {
        const { timeline } = client.rooms.get("r")!;
        for (const m of lines) {
          const known = findMessage(timeline, m.seq);
          if (known) expect(known).toEqual(m);
        }
      };
      check();
      client = applyPage(client, pages.at(-1 - random(10))!, {});
      check();
    }
  });
});
