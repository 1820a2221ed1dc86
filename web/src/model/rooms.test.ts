import { describe, expect, it } from "vitest";
import type { Message, RoomEntry, User, Whisper } from "../protocol/generated";
import { emptyClient, type ClientState, type RoomState } from "./client";
import { lastAt, lastToRead, lastWhisper, matches, may, sortRooms, totalUnread } from "./rooms";

const line = (seq: number, more: Partial<Message> = {}): Message =>
  ({
    id: `m${String(seq)}`,
    seq,
    ordinal: seq,
    author: "u2",
    kind: "text",
    text: "t",
    at: seq * 100,
    ...more,
  }) as Message;

/** A group of ten messages of which four are unread, and what else is said of it. */
function entry(
  id: string,
  more: Omit<Partial<RoomEntry>, "room"> & { readonly room?: Partial<RoomEntry["room"]> } = {},
): RoomEntry {
  const room = {
    id,
    kind: "group" as const,
    name: id,
    topic: "",
    created_at: 0,
    member_count: 2,
    head: 10,
    count: 10,
    pins: 0,
  };
  return {
    role: "member",
    joined_at: 0,
    read: { seq: 6, ordinal: 6 },
    last: line(10),
    ...more,
    room: { ...room, ...more.room },
  };
}

const state = (...entries: RoomEntry[]): ClientState => ({
  ...emptyClient({ id: "u1" } as User),
  rooms: new Map(entries.map((e) => [e.room.id, { entry: e } as RoomState])),
});

const whispers = (place: number, at: number): RoomEntry["whispers"] =>
  ({ count: 1, read: 1, last: { id: "w", place, at, text: "psst" } as Whisper }) as RoomEntry["whispers"];

const by = (seq: number) => ({ seq, author: "u2" });

describe("the list of conversations", () => {
  it("has first where something was said, or happened to oneself, last", () => {
    const sorted = sortRooms(
      state(
        entry("old", { last: line(1, { at: 100 }) }),
        entry("joined", { last: line(1, { at: 100 }), joined_at: 900 }),
        entry("said", { last: line(2, { at: 500 }) }),
        entry("whispered", { last: line(2, { at: 200 }), whispers: whispers(2, 700)! }),
        { ...entry("empty", { room: { created_at: 800 } }), last: undefined } as unknown as RoomEntry,
      ),
    );
    expect(sorted.map((r) => r.entry.room.id)).toEqual(["joined", "empty", "whispered", "said", "old"]);
  });

  it("shows the whisper where it is newer than what was said aloud, and no longer after that", () => {
    const newer = entry("r", { whispers: whispers(10, 1100)! });
    expect([lastWhisper(newer)?.id, lastAt(newer)]).toEqual(["w", 1100]);
    const older = entry("r", { whispers: whispers(9, 950)! });
    expect([lastWhisper(older), lastAt(older)]).toEqual([undefined, 1000]);
  });
});

describe("what is unread in all", () => {
  it("counts what one wants to be told of, and nothing of archived rooms", () => {
    expect(totalUnread(state(entry("loud")))).toBe(4);
    expect(totalUnread(state(entry("calls", { notify: "mentions", mentioned: [by(8), by(9)] })))).toBe(2);
    expect(totalUnread(state(entry("quiet", { notify: "nothing", mentioned: [by(8), by(9)] })))).toBe(0);
    expect(totalUnread(state(entry("two", { notify: "mentions", room: { kind: "direct" } })))).toBe(4);
    expect(totalUnread(state(entry("closed", { room: { archived: true } })))).toBe(0);
    expect(totalUnread(state(entry("a"), entry("b", { notify: "mentions", mentioned: [by(8)] })))).toBe(5);
  });

  it("begins again at the last message, if it is one that counts", () => {
    expect(lastToRead(entry("r"))).toBe(10);
    expect(lastToRead(entry("r", { last: line(10, { kind: "notice" }) }))).toBeUndefined();
  });
});

describe("names are found", () => {
  it.each([
    ["", true],
    ["zo", true],
    ["ZOE fou", true],
    ["fou zoë", true],
    ["fourn", true],
    ["oe", false],
    ["zoe marie", false],
  ])("by %j: %s", (query, found) => {
    expect(matches(query, "zoe_f", "Zoé Fournier", undefined)).toBe(found);
  });
});

it("offers nothing in an archived room that the server would refuse", () => {
  const me = { id: "u2" } as User;
  const rights = (archived: boolean) => {
    const of = entry("room", { role: "owner", room: { archived } });
    const direct = entry("direct", { room: { kind: "direct", archived } });
    return [
      may.write(of),
      may.edit(line(1), me, of),
      may.delete(line(1), me, of),
      may.pin(of),
      may.pin(direct),
      may.add(of),
    ];
  };
  expect(new Set(rights(false))).toEqual(new Set([true]));
  expect(new Set(rights(true))).toEqual(new Set([false]));
});
