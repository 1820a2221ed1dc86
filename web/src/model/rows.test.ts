import { describe, expect, it } from "vitest";
import type { Message } from "../protocol/generated";
import type { OutboxItem } from "./outbox";
import { buildRows, reuseRows, type Row, type RowsInput } from "./rows";

const MINUTE = 60_000;

function line(seq: number, author: string, at: number, more: Partial<Message> = {}): Message {
  return {
    id: `m${String(seq)}`,
    room: "r",
    seq,
    ordinal: seq,
    kind: "text",
    author,
    at,
    text: "x",
    ...more,
  };
}

function build(messages: Message[], more: Partial<RowsInput> = {}): Row[] {
  const dayOf = (at: number): string => String(Math.floor(at / (24 * 60 * MINUTE)));
  return buildRows({ messages, pending: [], me: "me", seen: new Map(), dayOf, ...more });
}

const kinds = (rows: Row[]): string[] => rows.map((r) => r.kind);

describe("rows", () => {
  it("begin each day with its line, but not in the middle of one", () => {
    const day = 24 * 60 * MINUTE;
    const lines = [line(1, "a", 0), line(2, "a", day), line(3, "a", day + 1)];
    expect(kinds(build(lines))).toEqual(["day", "message", "day", "message", "message"]);
    expect(kinds(build(lines.slice(2), { before: lines[1] }))).toEqual(["message"]);
  });

  it("group one author's lines within five minutes", () => {
    const rows = build([
      line(1, "a", 0),
      line(2, "a", MINUTE),
      line(3, "b", MINUTE),
      line(4, "b", 20 * MINUTE),
    ]);
    const groups = rows.flatMap((r) => (r.kind === "message" ? [[r.first, r.last]] : []));
    expect(groups).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it("put the new line before the first unread line of someone else", () => {
    const lines = [line(1, "a", 0), line(2, "me", 1), line(3, "a", 2), line(4, "a", 3)];
    const rows = build(lines, { newAfter: 1 });
    expect(kinds(rows)).toEqual(["day", "message", "message", "new", "message", "message"]);
    expect(rows[4]).toMatchObject({ first: true });
  });

  it("let a pending message keep its key when it becomes a line", () => {
    const item: OutboxItem = {
      client_id: "abc",
      user: "me",
      room: "r",
      text: "x",
      kind: "text",
      at: 5,
      state: "pending",
    };
    const before = build([], { pending: [item] }).at(-1);
    const after = build([line(1, "me", 5, { client_id: "abc" })]).at(-1);
    expect(before?.key).toBe(after?.key);
  });

  it("join one's pending messages to one's last group", () => {
    const item: OutboxItem = {
      client_id: "abc",
      user: "me",
      room: "r",
      text: "x",
      kind: "text",
      at: 5,
      state: "pending",
    };
    const rows = build([line(1, "me", 1)], { pending: [item] });
    expect(rows.slice(1)).toMatchObject([{ last: false }, { first: false, last: true }]);
  });

  it("show readers at the last line that they read, not at their own, and not oneself", () => {
    const seen = new Map([
      ["b", 2],
      ["c", 9],
      ["me", 2],
      ["d", 0],
    ]);
    const rows = build([line(1, "a", 0), line(2, "a", 1), line(3, "c", 2)], { seen });
    expect(rows.flatMap((r) => (r.kind === "message" ? [r.seenBy] : []))).toEqual(["", "b", ""]);
  });

  it("tell which of one's own lines somebody else has read", () => {
    const lines = [line(1, "me", 0), line(2, "b", 1), line(3, "me", 2), line(4, "me", 3)];
    const told = (seen: ReadonlyMap<string, number>): boolean[] =>
      build(lines, { seen }).flatMap((r) => (r.kind === "message" ? [r.seen] : []));
    expect(told(new Map([["me", 4]]))).toEqual([false, false, false, false]);
    const two: [string, number][] = [
      ["me", 4],
      ["b", 3],
      ["c", 0],
    ];
    expect(told(new Map(two))).toEqual([true, false, true, false]);
  });

  it("show nobody as a reader whom one has blocked, nor that they have read it", () => {
    const lines = [line(1, "me", 0), line(2, "me", 1)];
    const seen = new Map([
      ["b", 2],
      ["c", 1],
    ]);
    const told = (unseen: ReadonlySet<string>): unknown[] =>
      build(lines, { seen, unseen }).flatMap((r) => (r.kind === "message" ? [[r.seenBy, r.seen]] : []));
    expect(told(new Set())).toEqual([
      ["c", true],
      ["b", true],
    ]);
    expect(told(new Set(["b"]))).toEqual([
      ["c", true],
      ["", false],
    ]);
    expect(told(new Set(["b", "c"]))).toEqual([
      ["", false],
      ["", false],
    ]);
  });

  it("keep the objects that did not change", () => {
    const a = line(1, "a", 0);
    const first = build([a, line(2, "b", 1)]);
    const second = reuseRows(first, build([a, line(2, "b", 1, { text: "changed" })]));
    expect(second[1]).toBe(first[1]);
    expect(second[2]).not.toBe(first[2]);
  });
});
