import { describe, expect, it } from "vitest";
import { parseRoute, pathOf, type Route } from "./router.svelte";

describe("addresses", () => {
  it("lead to a room, a line of it, and a whisper that stands there", () => {
    const room = { name: "room", room: "0abc", details: false } as const;
    for (const route of [room, { ...room, at: 17 }, { ...room, at: 17, whisper: "0wxyz" }])
      expect(parseRoute(pathOf(route), null)).toEqual(route);
    expect(pathOf({ ...room, at: 17, whisper: "0wxyz" })).toBe("/r/0abc/17/0wxyz");
  });

  it("of the administrators' site lead to its sections and back", () => {
    const routes: Route[] = [
      { name: "admin", section: "overview" },
      { name: "admin", section: "people" },
      { name: "admin", section: "people", id: "0000000000001" },
      { name: "admin", section: "audit" },
      { name: "join" },
      { name: "reset" },
    ];
    for (const route of routes) expect(parseRoute(pathOf(route), null)).toEqual(route);
    for (const path of ["/admin/nothing", "/administer"])
      expect(parseRoute(path, null)).toEqual({ name: "missing", path });
  });
});
