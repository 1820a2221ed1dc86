import { describe, expect, it } from "vitest";
import type { Call, RoomEntry } from "../protocol/generated";
import { callsMe, forgetRead, MENTIONED_MOST, mentionedIn, setCalled } from "./mentions";

const by = (seq: number, author = "u2"): Call => ({ seq, author });
const entry = (read: number, mentioned?: readonly Call[]): RoomEntry =>
  ({ read: { seq: read, ordinal: read }, ...(mentioned ? { mentioned } : {}) }) as RoomEntry;
const nobody = new Set<string>();

describe("what calls one", () => {
  it("does so by name, or with all members", () => {
    expect(callsMe([{ name: "ann", user: "u1" }], "u1")).toBe(true);
    expect(callsMe([{ name: "ann", user: "u1" }], "u2")).toBe(false);
    expect(callsMe([{ name: "ben", user: "u3" }, { name: "here" }], "u2")).toBe(true);
    expect(callsMe(undefined, "u1")).toBe(false);
  });

  it("is known by its place, in order and once, and only beyond the read marker", () => {
    let e = entry(3);
    for (const seq of [7, 5, 7, 2]) e = setCalled(e, seq, "u2");
    expect(mentionedIn(e, nobody)).toEqual([5, 7]);
    expect(setCalled(e, 5, "u2")).toBe(e);
    expect(setCalled(e, 9, false)).toBe(e);
    expect(setCalled(setCalled(e, 5, false), 7, false)).toEqual(entry(3));
  });

  it("is forgotten as it is read", () => {
    const e = entry(5, [by(4), by(5), by(6)]);
    expect(forgetRead(e)).toEqual(entry(5, [by(6)]));
    expect(forgetRead(entry(6, [by(6)]))).toEqual(entry(6));
    const untouched = entry(1, [by(2)]);
    expect(forgetRead(untouched)).toBe(untouched);
  });

  it("does so in vain for whom one has blocked, for as long as that holds", () => {
    const e = entry(1, [by(2), by(3, "u3"), by(4)]);
    expect(mentionedIn(e, new Set(["u2"]))).toEqual([3]);
    expect(mentionedIn(e, nobody)).toEqual([2, 3, 4]);
  });

  it("is told of no further than anybody counts, and the newest hold", () => {
    let e = entry(0);
    for (let seq = 1; seq <= MENTIONED_MOST + 2; seq++) e = setCalled(e, seq, "u2");
    expect(mentionedIn(e, nobody).length).toBe(MENTIONED_MOST);
    expect(mentionedIn(e, nobody).at(-1)).toBe(MENTIONED_MOST + 2);
  });
});
