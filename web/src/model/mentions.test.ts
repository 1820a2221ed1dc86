import { describe, expect, it } from "vitest";
import type { RoomEntry } from "../protocol/generated";
import { callsMe, forgetRead, MENTIONED_MOST, mentionedIn, setCalled } from "./mentions";

const entry = (read: number, mentioned?: readonly number[]): RoomEntry =>
  ({ read: { seq: read, ordinal: read }, ...(mentioned ? { mentioned } : {}) }) as RoomEntry;

describe("what calls one", () => {
  it("does so by name, or with all members", () => {
    expect(callsMe([{ name: "ann", user: "u1" }], "u1")).toBe(true);
    expect(callsMe([{ name: "ann", user: "u1" }], "u2")).toBe(false);
    expect(callsMe([{ name: "ben", user: "u3" }, { name: "here" }], "u2")).toBe(true);
    expect(callsMe(undefined, "u1")).toBe(false);
  });

  it("is known by its place, in order and once, and only beyond the read marker", () => {
    let e = entry(3);
    for (const seq of [7, 5, 7, 2]) e = setCalled(e, seq, true);
    expect(mentionedIn(e)).toEqual([5, 7]);
    expect(setCalled(e, 5, true)).toBe(e);
    expect(setCalled(e, 9, false)).toBe(e);
    expect(setCalled(setCalled(e, 5, false), 7, false)).toEqual(entry(3));
  });

  it("is forgotten as it is read", () => {
    const e = entry(5, [4, 5, 6]);
    expect(forgetRead(e)).toEqual(entry(5, [6]));
    expect(forgetRead(entry(6, [6]))).toEqual(entry(6));
    const untouched = entry(1, [2]);
    expect(forgetRead(untouched)).toBe(untouched);
  });

  it("is told of no further than anybody counts, and the newest hold", () => {
    let e = entry(0);
    for (let seq = 1; seq <= MENTIONED_MOST + 2; seq++) e = setCalled(e, seq, true);
    expect(mentionedIn(e).length).toBe(MENTIONED_MOST);
    expect(mentionedIn(e).at(-1)).toBe(MENTIONED_MOST + 2);
  });
});
