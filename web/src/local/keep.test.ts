import { describe, expect, it } from "vitest";
import { indexedDrawer } from "./keep";
import { localNotes } from "./notes";

describe("drawer", () => {
  it("works in memory where there is no database, and where opening one throws", async () => {
    const broken = {
      open: () => {
        throw new Error("private window");
      },
    } as unknown as IDBFactory;
    for (const factory of [undefined, broken]) {
      const drawer = indexedDrawer<number>(factory, "x");
      await drawer.put("a", 1);
      await drawer.put("b", 2);
      await drawer.remove("a");
      expect(await drawer.all()).toEqual([2]);
    }
  });
});

describe("notes", () => {
  it("live in memory where storage is forbidden", () => {
    const notes = localNotes(() => {
      throw new Error("forbidden");
    });
    notes.set("k", "v");
    expect(notes.get("k")).toBe("v");
    notes.set("k", undefined);
    expect(notes.get("k")).toBeUndefined();
  });
});
