/* The emoji that there are, in the reader's language: read from what scripts/emoji.ts makes, found by what one types, and
 * shown in the tone that one likes. */

export interface Emoji {
  readonly emoji: string;
  /** In the lightest tone, where it comes in tones. */
  readonly light: string;
  readonly group: number;
  /** As others know it: `tada`, `+1`. */
  readonly codes: readonly string[];
  readonly name: string;
  /** The name folded, and all that it is found by (the name among it), each word after a blank. */
  readonly called: string;
  readonly words: string;
}

export interface EmojiSet {
  readonly groups: readonly string[];
  /** Names of the five tones, from light to dark. */
  readonly tones: readonly string[];
  readonly all: readonly Emoji[];
}

/** 0: none of them, else 1 (light) to 5 (dark). */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5;

const MODIFIERS = ["🏻", "🏼", "🏽", "🏾", "🏿"] as const;

export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replaceAll("ß", "ss")
    .replace(/[^\p{L}\p{N}+]+/gu, " ");
}

export function readEmoji(text: string): EmojiSet {
  const [groups, tones, ...lines] = text.split("\n");
  return {
    groups: groups!.split("\t"),
    tones: tones!.split("\t"),
    all: lines.map((line) => {
      const [emoji, light, group, codes, name, tags] = line.split("\t");
      return {
        emoji: emoji!,
        light: light!,
        group: Number(group),
        codes: codes === "" ? [] : codes!.split(" "),
        name: name!,
        called: ` ${fold(name!).trim()}`,
        words: ` ${fold(`${name!} ${tags!}`).trim()}`,
      };
    }),
  };
}

export function inTone(emoji: Emoji, tone: Tone): string {
  return tone === 0 || emoji.light === ""
    ? emoji.emoji
    : emoji.light.replaceAll(MODIFIERS[0], MODIFIERS[tone - 1]!);
}

/** How well what was typed names it: the smaller the better. */
function rank(e: Emoji, code: string, words: readonly string[]): number | undefined {
  const has = (where: string): boolean => words.every((w) => where.includes(` ${w}`));
  if (e.codes.includes(code) || e.called === ` ${words.join(" ")}`) return 0;
  // The shorter the code that begins so, the nearer one is to its end.
  const codes = code === "" ? [] : e.codes.filter((c) => c.startsWith(code)).map((c) => c.length);
  if (codes.length > 0) return 1 + Math.min(...codes) / 100;
  if (words.length === 0) return undefined;
  if (has(e.called)) return 2;
  if (has(e.words)) return 3;
  return words.every((w) => w.length > 2 && e.words.includes(w)) ? 4 : undefined;
}

export function findEmoji(set: EmojiSet, typed: string, limit: number): readonly Emoji[] {
  const code = typed.trim().toLowerCase().replaceAll(/\s+/g, "_").replaceAll(":", "");
  const words = fold(typed.replaceAll("_", " "))
    .split(" ")
    .filter((w) => w !== "");
  const found = set.all.flatMap((emoji) => {
    const r = rank(emoji, code, words);
    return r === undefined ? [] : [{ emoji, r }];
  });
  return found
    .sort((a, b) => a.r - b.r)
    .slice(0, limit)
    .map((f) => f.emoji);
}

/** What `:typed:` stands for. */
export function byCode(set: EmojiSet, code: string): Emoji | undefined {
  return set.all.find((e) => e.codes.includes(code.toLowerCase()));
}

/** What a used one is called, whatever its tone. */
export function nameOf(set: EmojiSet, emoji: string): string | undefined {
  const plain = emoji.replace(/[\u{1F3FB}-\u{1F3FF}]/gu, MODIFIERS[0]);
  return set.all.find((e) => e.emoji === emoji || e.light === plain)?.name;
}
