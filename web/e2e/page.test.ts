/* docs/screens.md and its pictures are those of the tour: part of ./dev check. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEVICES, fileOf, page, pictured, SCHEMES } from "./page";

const DOCS = new URL("../../docs/", import.meta.url);

test("docs/screens.md shows every screen (./dev pictures makes it anew)", () => {
  expect(readFileSync(new URL("screens.md", DOCS), "utf8")).toBe(page());
});

test("docs/screens holds the pictures of every screen, and no others (./dev pictures takes them)", () => {
  const wanted = pictured().flatMap((stop) => DEVICES.flatMap((d) => SCHEMES.map((s) => fileOf(stop, d, s))));
  expect(readdirSync(new URL("screens/", DOCS)).sort()).toEqual(wanted.sort());
});
