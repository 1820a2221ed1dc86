import { describe, expect, it } from "vitest";
import type { Message, RoomEntry, RoomKind, User, Whisper } from "../protocol/generated";
import { concern, isRead, placed, type News } from "./news";
import { isLoud } from "./rooms";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };

const ann: User = { ...me, id: "u2", name: "ann", display_name: "Ann" };

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

function message(more: Partial<Message> = {}): News {
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
  const said = { ...base, ...more };
  return { type: "message", room: "r", seq: said.seq, message: said, user: ann };
}

function whisper(more: Partial<Whisper> = {}): News {
  const base = { id: "w", room: "r", place: 1, ordinal: 3, kind: "text", author: "u2", to: "u1" } as const;
  const said = { ...base, at: 0, text: "x", client_id: "c", ...more };
  return { type: "whisper", useq: 9, room: "r", whisper: said, with: ann };
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
    ["a whisper to oneself there", entry("group", "mentions"), whisper(), "yes"],
    ["a whisper in a muted room", entry("group", "nothing"), whisper(), "no"],
    ["one's own whisper", entry("group"), whisper({ author: "u1", to: "u2" }), "no"],
    ["a whisper that was changed", entry("group"), whisper({ edited_at: 1 }), "no"],
    ["a whisper that was taken back", entry("group"), whisper({ deleted_at: 1 }), "no"],
  ] as const)("%s", (_, e, m, wanted) => {
    expect(concern(e, m, me)).toBe(wanted);
  });

  it("is over when it is read: a line by the room's marker, a whisper by the number of those that are", () => {
    const last = (whisper() as Extract<News, { type: "whisper" }>).whisper;
    const far = { ...entry("group"), read: { seq: 9, ordinal: 9 } };
    const whispers = (read: number) => ({ whispers: { count: 3, read, last, with: ann } });
    expect(isRead(far, placed(message()))).toBe(true);
    expect(isRead(entry("group"), placed(message()))).toBe(false);
    expect(isRead(far, placed(whisper()))).toBe(false);
    expect(isRead({ ...far, ...whispers(2) }, placed(whisper()))).toBe(false);
    expect(isRead({ ...entry("group"), ...whispers(3) }, placed(whisper()))).toBe(true);
  });

  it("decides what counts in the title too", () => {
    expect(isLoud(entry("group"))).toBe(true);
    expect(isLoud(entry("group", "mentions"))).toBe(false);
    expect(isLoud(entry("direct", "mentions"))).toBe(true);
    expect(isLoud(entry("direct", "nothing"))).toBe(false);
  });
});
