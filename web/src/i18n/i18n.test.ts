import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { I18n } from "./i18n";

const NOON = Date.UTC(2024, 4, 15, 12, 0);
const DAY = 86_400_000;
const i18n = new I18n(["en-GB"], () => NOON, "UTC");

describe("words", () => {
  it("fill in what they are given, and numbers in the reader's form", () => {
    expect(i18n.t("typing.two", { a: "Ann", b: "Bo" })).toBe("Ann and Bo are writing");
    expect(i18n.t("list.unread", { n: 1 })).toBe("1 unread message");
    expect(i18n.t("list.unread", { n: 1200 })).toBe("1,200 unread messages");
  });

  it("don't take what they are given for a pattern", () => {
    expect(i18n.t("list.from", { name: "{text}", text: "$&" })).toBe("{text}: $&");
  });

  it("fall back to English, and to plain words for failures that have none", () => {
    expect(new I18n(["xx"], () => NOON).language).toBe("en");
    expect(i18n.error("name_taken")).toBe("This name is taken.");
    expect(i18n.error("no_such_code")).toBe(en["error.unknown"]);
  });
});

describe("dates", () => {
  it("are as short as they can be", () => {
    expect(i18n.brief(NOON - 3_600_000)).toBe("11:00");
    expect(i18n.brief(NOON - DAY)).toBe("Yesterday");
    expect(i18n.brief(NOON - 3 * DAY)).toBe("Sun");
    expect(i18n.brief(NOON - 30 * DAY)).toBe("15/04/24");
  });

  it("name the day", () => {
    expect(i18n.dayLine(NOON)).toBe("Today");
    expect(i18n.dayLine(NOON - DAY)).toBe("Yesterday");
    expect(i18n.dayLine(NOON - 20 * DAY)).toBe("Thursday 25 April");
    expect(i18n.dayLine(NOON - 400 * DAY)).toBe("11 April 2023");
  });
});

describe("catalogue", () => {
  const src = new URL("../", import.meta.url);
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (f) => /\.(ts|svelte)$/.test(f) && !f.includes(".test.") && !f.startsWith("i18n/en"),
  );
  const code = files.map((f) => readFileSync(new URL(f, src), "utf8")).join("\n");

  it("has no text that nobody says", () => {
    const said = (key: string): boolean =>
      code.includes(`"${key}"`) ||
      code.includes(`'${key}'`) ||
      code.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}$`) ||
      key.startsWith("error.") ||
      key.startsWith("newRoom.") ||
      key.startsWith("details.kind.");
    expect(Object.keys(en).filter((k) => !said(k))).toEqual([]);
  });

  it("has words for every plural", () => {
    for (const [key, text] of Object.entries(en)) {
      if (typeof text !== "string")
        expect(text, key).toMatchObject({ one: expect.any(String), other: expect.any(String) });
    }
  });
});
