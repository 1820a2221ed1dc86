import { describe, expect, it } from "vitest";
import { parseRoute, pathOf, type Route } from "./router.svelte";

describe("addresses", () => {
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
