import { describe, expect, it } from "vitest";
import type { RoomEntry } from "../protocol/generated";
import { forgetGone, GONE_MOST, setGone } from "./gone";

const entry = (read: number, gone?: readonly number[]): RoomEntry =>
  ({ read: { seq: read, ordinal: read }, ...(gone ? { gone } : {}) }) as RoomEntry;

describe("what is gone", () => {
  it("is known by its place, in order and once, and only beyond the read marker", () => {
    let e = entry(3);
    for (const seq of [7, 5, 7, 2]) e = setGone(e, seq);
    expect(e.gone).toEqual([5, 7]);
  });

  it("is forgotten as it is read", () => {
    expect(forgetGone(entry(5, [5, 6]))).toEqual(entry(5, [6]));
    expect(forgetGone(entry(6, [6]))).toEqual(entry(6));
  });

  it("is told of within bounds: the newest hold, whatever the order in which they went", () => {
    const seqs = Array.from({ length: GONE_MOST + 2 }, (_, i) => i + 1);
    for (const order of [seqs, seqs.toReversed()])
      expect(order.reduce(setGone, entry(0)).gone).toEqual(seqs.slice(-GONE_MOST));
  });
});
