import { describe, expect, it } from "vitest";
import type { User } from "../protocol/generated";
import { avatarOf, pictureOf } from "./pictures";
import { statusOf } from "./words";

const ann: User = { id: "u1", name: "ann", display_name: "Ann", kind: "person", role: "member" };

describe("a status", () => {
  it("is there for as long as it is meant to be", () => {
    const user = { ...ann, status_text: "Lunch", status_until: 2_000 };
    expect(statusOf(user, 1_999)).toEqual({ emoji: "", text: "Lunch" });
    expect(statusOf(user, 2_000)).toBeUndefined();
    expect(statusOf({ ...ann, status_emoji: "🌴" }, 9e15)).toEqual({ emoji: "🌴", text: "" });
    expect(statusOf(ann, 0)).toBeUndefined();
  });
});

describe("a picture", () => {
  it("is asked for in the size that sharp screens need, and only where there is one", () => {
    expect(avatarOf(ann, 40)).toBeUndefined();
    expect(avatarOf(undefined, 40)).toBeUndefined();
    expect(avatarOf({ ...ann, avatar: "ab" }, 48)).toBe("/api/v1/users/u1/avatar/ab-96");
    expect(avatarOf({ ...ann, avatar: "ab" }, 88)).toBe("/api/v1/users/u1/avatar/ab-256");
    expect(avatarOf({ ...ann, avatar: "ab" }, 200)).toBe("/api/v1/users/u1/avatar/ab-512");
    const room = { id: "r1", picture: "cd" } as Parameters<typeof pictureOf>[0];
    expect(pictureOf(room, 40)).toBe("/api/v1/rooms/r1/picture/cd-96");
  });
});
