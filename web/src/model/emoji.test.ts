import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { emojiText } from "../../scripts/emoji";
import { byCode, findEmoji, inTone, nameOf, readEmoji, type EmojiSet, type Tone } from "./emoji";

const LANGUAGES = ["de", "en", "es", "fr", "pt", "ru"];
const sets = new Map(LANGUAGES.map((code): [string, EmojiSet] => [code, readEmoji(emojiText(code))]));
const en = sets.get("en")!;
const TONES: readonly Tone[] = [0, 1, 2, 3, 4, 5];

const first = (code: string, typed: string): string | undefined =>
  findEmoji(sets.get(code)!, typed, 5)[0]?.emoji;

describe("what there is", () => {
  it("is what the server takes as reactions, in every tone", () => {
    const file = new URL("../../../tests/fixtures/emoji.txt", import.meta.url);
    const taken = new Set(readFileSync(file, "utf8").split("\n"));
    const shown = en.all.flatMap((e) => TONES.map((tone) => inTone(e, tone)));
    expect(shown.filter((e) => !taken.has(e))).toEqual([]);
    expect(new Set(en.all.map((e) => e.emoji)).size).toBe(en.all.length);
    expect(en.all.length).toBeGreaterThan(1_800);
  });

  it("is the same in every language, each with names of its own", () => {
    for (const [code, set] of sets) {
      expect(set.all.map((e) => e.emoji)).toEqual(en.all.map((e) => e.emoji));
      expect(set.groups.length).toBe(9);
      expect(set.tones.length).toBe(5);
      expect(set.all.every((e) => e.name !== "" && e.group >= 0)).toBe(true);
      if (code !== "en") expect(set.groups).not.toEqual(en.groups);
    }
  });

  it("comes in tones where it has hands or faces, all of them in the same one", () => {
    expect(inTone(byCode(en, "+1")!, 3)).toBe("👍🏽");
    expect(inTone(byCode(en, "handshake")!, 5)).toBe("🤝🏿");
    expect(inTone(byCode(en, "tada")!, 3)).toBe("🎉");
    expect(inTone(byCode(en, "+1")!, 0)).toBe("👍");
  });
});

describe("finding", () => {
  it("knows the words of the reader's language", () => {
    expect(first("en", "red heart")).toBe("❤️");
    expect(first("de", "rotes herz")).toBe("❤️");
    expect(first("ru", "алое сердце")).toBe("❤️");
    expect(first("fr", "cœur rouge")).toBe("❤️");
    expect(first("fr", "coeur rouge")).toBe("❤️");
    expect(first("pt", "coração vermelho")).toBe("❤️");
    expect(first("es", "corazon rojo")).toBe("❤️");
  });

  it("knows the codes that are typed elsewhere, in every language", () => {
    for (const code of LANGUAGES) {
      expect(first(code, "tada")).toBe("🎉");
      expect(first(code, "+1")).toBe("👍");
    }
  });

  it("puts what is named so before what is only told of so", () => {
    const found = findEmoji(en, "cat", 60).map((e) => e.name);
    expect(found.slice(0, 2).every((name) => name.startsWith("cat"))).toBe(true);
    expect(found.length).toBeLessThanOrEqual(60);
  });

  it("puts the code that is nearly typed before the long ones that begin like it", () => {
    expect(first("en", "hea")).toBe("❤️");
    expect(first("en", "smil")).toBe("😄");
  });

  it("finds nothing by nothing and by what nobody calls anything", () => {
    expect(findEmoji(en, "  ", 10)).toEqual([]);
    expect(findEmoji(en, "qzxv", 10)).toEqual([]);
  });
});

it("calls each by its name, whatever its tone", () => {
  expect(nameOf(en, "👍🏿")).toBe("thumbs up");
  expect(nameOf(en, "👍")).toBe("thumbs up");
  expect(nameOf(en, "x")).toBeUndefined();
});
