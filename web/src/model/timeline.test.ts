import { describe, expect, it } from "vitest";
import type { EditFrame, Message, Page } from "../protocol/generated";
import { changed as changedFor, ownChanged } from "./marks";
import {
  EMPTY_TIMELINE,
  changeMessage,
  evict,
  findMessage,
  mergePage,
  pushMessage,
  segmentAt,
  tail,
  type PageAsk,
  type Timeline,
} from "./timeline";

const changed = changedFor("me");

function line(seq: number, text = `line ${String(seq)}`): Message {
  return {
    id: `m${String(seq)}`,
    room: "r",
    seq,
    ordinal: seq,
    kind: "text",
    author: "u",
    at: seq * 1000,
    text,
  };
}

function page(seqs: number[], head: number, has_before: boolean, has_after: boolean): Page {
  return {
    room: "r",
    head,
    useq: 0,
    messages: seqs.map((s) => line(s)),
    users: [],
    quoted: [],
    has_before,
    has_after,
  };
}

function edit(seq: number, target: number, text: string): EditFrame {
  return { type: "edit", room: "r", seq, target, actor: "u", text, at: 1 };
}

function merge(t: Timeline, p: Page, ask: PageAsk, head: number): Timeline {
  return mergePage(t, p, ask, head, changed, ownChanged);
}

const seqs = (t: Timeline): number[][] => t.segments.map((s) => s.messages.map((m) => m.seq));

describe("timeline", () => {
  it("covers up to the head with the latest page, though edits stand in the numbers after its last line", () => {
    const t = merge(EMPTY_TIMELINE, page([7, 8], 12, true, false), {}, 12);
    expect(t.segments[0]).toMatchObject({ from: 7, to: 12 });
    expect(tail(t, 12)?.messages).toHaveLength(2);
    expect(tail(t, 13)).toBeUndefined();
  });

  it("joins a page asked before a line to it across numbers that hold no line", () => {
    let t = merge(EMPTY_TIMELINE, page([20, 21], 21, true, false), {}, 21);
    t = merge(t, page([3, 5, 9], 21, true, true), { before: 20 }, 21);
    expect(seqs(t)).toEqual([[3, 5, 9, 20, 21]]);
    expect(t.segments[0]).toMatchObject({ from: 3, to: 21 });
  });

  it("joins a page asked after a line likewise, and knows the beginning", () => {
    let t = merge(EMPTY_TIMELINE, page([2, 4], 50, false, true), { after: 0 }, 50);
    t = merge(t, page([9, 11], 50, true, true), { after: 4 }, 50);
    expect(seqs(t)).toEqual([[2, 4, 9, 11]]);
    expect(t.segments[0]).toMatchObject({ from: 0, to: 11 });
  });

  it("keeps apart what does not touch, and fills the gap when it comes", () => {
    let t = merge(EMPTY_TIMELINE, page([90, 91], 91, true, false), {}, 91);
    t = merge(t, page([10, 11, 12], 91, true, true), { around: 11 }, 91);
    expect(seqs(t)).toEqual([
      [10, 11, 12],
      [90, 91],
    ]);
    expect(segmentAt(t, 50)).toBeUndefined();
    t = merge(t, page([13, 50, 89], 91, true, true), { before: 90 }, 91);
    expect(seqs(t)).toEqual([[10, 11, 12, 13, 50, 89, 90, 91]]);
  });

  it("appends live lines only to a segment that reaches the head", () => {
    const live = pushMessage(merge(EMPTY_TIMELINE, page([4, 5], 5, true, false), {}, 5), line(6));
    expect(seqs(live)).toEqual([[4, 5, 6]]);
    const past = pushMessage(merge(EMPTY_TIMELINE, page([1, 2], 5, false, true), { after: 0 }, 5), line(6));
    expect(seqs(past)).toEqual([[1, 2]]);
  });

  it("applies frames newer than a page to it again", () => {
    let t = pushMessage(EMPTY_TIMELINE, line(11));
    t = changeMessage(t, edit(12, 9, "changed"), changed);
    t = pushMessage(t, line(13));
    t = merge(t, page([8, 9, 10], 10, true, false), {}, 13);
    expect(seqs(t)).toEqual([[8, 9, 10, 11, 13]]);
    expect(findMessage(t, 9)?.text).toBe("changed");
    expect(tail(t, 13)).toBeDefined();
  });

  it("does not let a late frame bring an old text back into a page that was ahead of it", () => {
    const ahead: Page = { ...page([8], 12, true, false), messages: [line(8, "second edit")] };
    let t = merge(EMPTY_TIMELINE, ahead, {}, 10);
    t = changeMessage(t, edit(11, 8, "first edit"), changed);
    expect(findMessage(t, 8)?.text).toBe("second edit");
    t = changeMessage(t, edit(13, 8, "third edit"), changed);
    expect(findMessage(t, 8)?.text).toBe("third edit");
  });

  it("does not apply an old frame again to a page that was read after it", () => {
    const t = changeMessage(EMPTY_TIMELINE, edit(11, 8, "first edit"), changed);
    const newer: Page = { ...page([8], 15, true, false), messages: [line(8, "later edit")] };
    expect(findMessage(merge(t, newer, {}, 11), 8)?.text).toBe("later edit");
  });

  it("does not double a line that a page brought before its frame", () => {
    const t = pushMessage(merge(EMPTY_TIMELINE, page([8, 9], 9, true, false), {}, 8), line(9));
    expect(seqs(t)).toEqual([[8, 9]]);
  });

  it("lets nothing undo a deletion", () => {
    let t = merge(EMPTY_TIMELINE, page([5], 5, false, false), {}, 5);
    t = changeMessage(
      t,
      { type: "delete", room: "r", seq: 6, target: 5, actor: "u", at: 9, pins: 0 },
      changed,
    );
    t = changeMessage(t, edit(7, 5, "back"), changed);
    expect(findMessage(t, 5)).toMatchObject({ text: "", deleted_at: 9 });
  });

  it("changes a quoted line that stands outside every segment", () => {
    const t = merge(EMPTY_TIMELINE, { ...page([8], 8, true, false), quoted: [line(2)] }, {}, 8);
    expect(findMessage(changeMessage(t, edit(9, 2, "now"), changed), 2)?.text).toBe("now");
  });

  it("lets go of what is far away, and knows that it did", () => {
    const many = Array.from({ length: 4000 }, (_, i) => i + 1);
    const t = evict(merge(EMPTY_TIMELINE, page(many, 4000, false, false), {}, 4000), 2000, 1000);
    expect(t.segments[0]?.messages).toHaveLength(2000);
    expect(t.segments[0]).toMatchObject({ from: 1000, to: 2999 });
    expect(tail(t, 4000)).toBeUndefined();
  });

  it("arrives at the same from random pages and frames as from one page of everything", () => {
    let seed = 7;
    const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    for (let round = 0; round < 50; round++) {
      const server: Message[] = [];
      let t = EMPTY_TIMELINE;
      let head = 0;
      for (let step = 0; step < 120; step++) {
        const kind = random(4);
        if (kind < 2 || server.length === 0) {
          const m = line(++head);
          server.push(m);
          t = pushMessage(t, m);
        } else if (kind === 2) {
          const at = random(server.length);
          const frame = edit(++head, server[at]!.seq, `edit ${String(head)}`);
          server[at] = changed(server[at]!, frame);
          t = changeMessage(t, frame, changed);
        } else {
          const from = random(server.length);
          const part = server.slice(from, from + 5);
          const p = { ...page([], head, from > 0, from + 5 < server.length), messages: part };
          t = merge(t, p, { around: part[0]!.seq }, head);
        }
      }
      const p = { ...page([], head, false, false), messages: server };
      const whole = merge(t, p, {}, head);
      expect(whole.segments).toHaveLength(1);
      for (const s of t.segments) {
        expect(s.messages).toEqual(server.filter((m) => m.seq >= s.from && m.seq <= s.to));
      }
    }
  });
});
