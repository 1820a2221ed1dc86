import { beforeEach, describe, expect, it } from "vitest";
import type { Message, Page, RoomEntry, ServerFrame, User, Whisper } from "../protocol/generated";
import { apply, applyPage, cursorsOf, emptyClient, type ClientState } from "./client";
import { keep, revive, ROOMS_KEPT } from "./kept";
import { tail } from "./timeline";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };
const ann: User = { id: "u2", name: "ann", display_name: "Ann", kind: "person", role: "member" };
const NOW = 1_700_000_000_000;

function entry(id: string, head: number): RoomEntry {
  const room = {
    id,
    kind: "group",
    name: id,
    topic: "",
    created_at: 0,
    member_count: 2,
    head,
    count: head,
    pins: 0,
  } as const;
  return { room, role: "member", joined_at: 0, read: { seq: head, ordinal: head } };
}

function line(room: string, seq: number): Message {
  const text = `line ${String(seq)}`;
  return { id: `${room}-${String(seq)}`, room, seq, ordinal: seq, kind: "text", author: "u2", at: seq, text };
}

function page(room: string, head: number, from = 1): Page {
  const messages = Array.from({ length: head - from + 1 }, (_, i) => line(room, from + i));
  return { room, head, useq: 3, messages, users: [ann], quoted: [], has_before: from > 1, has_after: false };
}

function ready(rooms: RoomEntry[]): ServerFrame {
  const base = {
    type: "ready",
    epoch: "e",
    connection: "c",
    me,
    useq: 3,
    resumed: false,
    heartbeat_ms: 1,
  } as const;
  return { ...base, rooms, blocked: ["u9"] };
}

/** As another page finds it: what is kept is copied by the browser's database. */
function reopened(state: ClientState, seen: string[], before?: ReturnType<typeof keep>): ClientState {
  return revive(structuredClone(keep(state, seen, NOW, before)));
}

let state: ClientState;
beforeEach(() => {
  state = apply(emptyClient(me), ready([entry("a", 200), entry("b", 5)]));
  state = applyPage(applyPage(state, page("a", 200), {}), page("b", 5), {});
});

describe("what is kept of the conversations", () => {
  it("is a state with true cursors, whom one knows and whom one has blocked", () => {
    const back = reopened(state, ["a"]);
    expect(cursorsOf(back)).toEqual(cursorsOf(state));
    expect(back.users.get("u2")?.display_name).toBe("Ann");
    expect([...back.blocked]).toEqual(["u9"]);
  });

  it("has the end of what one saw, and nothing of what one did not look at", () => {
    const back = reopened(state, ["a"]);
    const end = tail(back.rooms.get("a")!.timeline, 200)!;
    expect(end.messages.at(-1)?.text).toBe("line 200");
    expect(end.messages).toHaveLength(80);
    expect(end.from).toBe(121); // what stands before it is asked for
    expect(back.rooms.get("b")!.timeline.segments).toEqual([]);
    expect(reopened(state, ["b"]).rooms.get("b")!.timeline.segments[0]!.from).toBe(0);
  });

  it("goes on with the frames that come next", () => {
    const back = reopened(state, ["b"]);
    const frame: ServerFrame = { type: "message", room: "b", seq: 6, message: line("b", 6), user: ann };
    const next = apply(back, frame);
    expect(tail(next.rooms.get("b")!.timeline, 6)?.messages.map((m) => m.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("leaves out a timeline that a page brought further than the frames: they would be applied twice", () => {
    const ahead = applyPage(
      state,
      { ...page("b", 6), messages: [line("b", 5)], has_before: true },
      { around: 5 },
    );
    expect(reopened(ahead, ["b"]).rooms.get("b")!.timeline.segments).toEqual([]);
  });

  it("holds what was kept before of rooms in which nothing has happened since", () => {
    const before = keep(state, ["a", "b"], NOW);
    let later = apply(emptyClient(me), ready([entry("a", 201), entry("b", 5)]));
    const back = reopened(later, [], before);
    expect(back.rooms.get("b")!.timeline.segments).toHaveLength(1);
    expect(back.rooms.get("a")!.timeline.segments).toEqual([]);
    later = apply(emptyClient(me), ready([entry("b", 5)]));
    expect([...reopened(later, [], before).rooms.keys()]).toEqual(["b"]); // one has left the other
  });

  describe("with whispers", () => {
    const whispered = (id: string, place: number, more: Partial<Whisper> = {}): Whisper => ({
      ...{ id, room: "b", place, ordinal: 1, kind: "text", author: "u5", to: "u1", at: place, text: id },
      client_id: id,
      ...more,
    });
    const bo: User = { ...ann, id: "u5", name: "bo", display_name: "Bo" };
    const frame = (useq: number, whisper: Whisper): ServerFrame => ({
      ...{ type: "whisper", useq, room: "b", whisper, with: bo },
    });
    const texts = (s: ClientState): string[] =>
      [...s.rooms.get("b")!.timeline.whispers.values()].map((w) => w.text);

    it("has those that stand among the lines, and who said them", () => {
      const back = reopened(apply(state, frame(4, whispered("w1", 5))), ["b"]);
      expect(texts(back)).toEqual(["w1"]);
      expect(back.users.get("u5")?.display_name).toBe("Bo");
      expect(texts(apply(back, frame(5, whispered("w2", 5))))).toEqual(["w1", "w2"]);
    });

    it("begins behind the first of too many", () => {
      let many = state;
      for (let i = 0; i < 90; i++)
        many = apply(many, frame(4 + i, whispered(`w${String(100 + i)}`, i < 45 ? 3 : 5)));
      const back = reopened(many, ["b"]).rooms.get("b")!.timeline;
      expect(back.whispers.size).toBe(80);
      expect(back.segments).toMatchObject([{ from: 4, to: 5 }]);
      expect(back.segments[0]!.messages.map((m) => m.seq)).toEqual([4, 5]);
    });

    it("does not hold an older picture of a room in which somebody may have whispered since", () => {
      const before = keep(apply(state, frame(4, whispered("w1", 5))), ["b"], NOW);
      const { entry: known } = apply(state, frame(4, whispered("w1", 5))).rooms.get("b")!;
      const at = (useq: number): ClientState =>
        apply(emptyClient(me), { ...ready([known]), useq } as ServerFrame);
      expect(texts(reopened(at(4), [], before))).toEqual(["w1"]);
      expect(reopened(at(5), [], before).rooms.get("b")!.timeline.segments).toEqual([]);
    });
  });

  it("is bounded", () => {
    const ids = Array.from({ length: ROOMS_KEPT + 20 }, (_, i) => `r${String(i)}`);
    let many = apply(emptyClient(me), ready(ids.map((id) => entry(id, 1))));
    for (const id of ids) many = applyPage(many, page(id, 1), {});
    expect(Object.keys(keep(many, ids, NOW).lines)).toEqual(ids.slice(0, ROOMS_KEPT));
  });
});
