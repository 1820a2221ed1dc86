import { describe, expect, it } from "vitest";
import type { Message, RoomEntry, RoomKind, User } from "../protocol/generated";
import { concern } from "./news";
import { isLoud } from "./rooms";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };

function entry(kind: RoomKind, notify?: RoomEntry["notify"]): RoomEntry {
  const room = {
    id: "r",
    kind,
    name: "",
    topic: "",
    created_at: 0,
    member_count: 2,
    head: 1,
    count: 1,
    pins: 0,
  };
  const read = { seq: 0, ordinal: 0 };
  return { room, role: "member", joined_at: 0, read, ...(notify ? { notify } : {}) };
}

function message(more: Partial<Message> = {}): Message {
  const base = {
    id: "m",
    room: "r",
    seq: 1,
    ordinal: 1,
    kind: "text",
    author: "u2",
    at: 0,
    text: "x",
  } as const;
  return { ...base, ...more };
}

describe("what one is told of", () => {
  it.each([
    ["a message of somebody else", entry("group"), message(), "yes"],
    ["one's own, from another device", entry("group"), message({ author: "u1" }), "no"],
    ["a notice", entry("group"), message({ kind: "notice" }), "no"],
    ["what one has deleted for oneself", entry("group"), message({ hidden: true }), "no"],
    ["anything in a muted room", entry("direct", "nothing"), message({ reply_to: 1 }), "no"],
    [
      "a private message, where only what is for oneself counts",
      entry("direct", "mentions"),
      message(),
      "yes",
    ],
    ["talk of others there", entry("group", "mentions"), message(), "no"],
    [
      "one's name there",
      entry("group", "mentions"),
      message({ mentions: [{ name: "me", user: "u1" }] }),
      "yes",
    ],
    [
      "somebody else's name",
      entry("group", "mentions"),
      message({ mentions: [{ name: "bo", user: "u5" }] }),
      "no",
    ],
    [
      "a call of everybody there",
      entry("group", "mentions"),
      message({ mentions: [{ name: "here" }] }),
      "yes",
    ],
    ["an answer there", entry("group", "mentions"), message({ reply_to: 1 }), "if-answer"],
  ] as const)("%s", (_, e, m, wanted) => {
    expect(concern(e, m, me)).toBe(wanted);
  });

  it("decides what counts in the title too", () => {
    expect(isLoud(entry("group"))).toBe(true);
    expect(isLoud(entry("group", "mentions"))).toBe(false);
    expect(isLoud(entry("direct", "mentions"))).toBe(true);
    expect(isLoud(entry("direct", "nothing"))).toBe(false);
  });
});
