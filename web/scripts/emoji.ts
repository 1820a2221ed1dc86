/* `virtual:emoji/<language>`: what the emoji picker knows, made from emojibase-data while building, so that only this reaches
 * the browser: a file per language, which only its readers load. model/emoji.ts reads it and says what stands in it. */
import { createRequire } from "node:module";
import type { Plugin } from "vite";

/** What the phones and desks of the last years can draw; a newer one would be an empty box. */
const NEWEST = 15.1;
/** Parts of emoji (skin, hair), which are none by themselves. */
const COMPONENTS = 2;
const TONES = ["🏻", "🏼", "🏽", "🏾", "🏿"] as const;
const PREFIX = "\0virtual:emoji/";

interface Skin {
  readonly emoji: string;
  readonly tone: number | readonly number[];
}
interface Entry {
  readonly emoji: string;
  readonly hexcode: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly version: number;
  readonly order?: number;
  readonly skins?: readonly Skin[];
}
interface Messages {
  readonly groups: readonly { readonly message: string; readonly order: number }[];
  readonly skinTones: readonly { readonly key: string; readonly message: string }[];
}

const require = createRequire(import.meta.url);

function read<T>(path: string): T {
  return require(`emojibase-data/${path}.json`) as T;
}

/** As the server writes it: no variation selector where it is a picture anyway. */
function normal(emoji: string): string {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
}

/** The emoji in the lightest tone; the other tones are it with another modifier in each place. */
function light(entry: Entry): string {
  const skins = (entry.skins ?? []).filter((s) => !Array.isArray(s.tone));
  const first = skins.find((s) => s.tone === 1)?.emoji;
  if (first === undefined) return "";
  for (const [i, tone] of TONES.entries()) {
    const wanted = first.replaceAll(TONES[0], tone);
    if (skins.find((s) => s.tone === i + 1)?.emoji !== wanted)
      throw new Error(`the tones of ${entry.emoji} do not follow from each other`);
  }
  return normal(first);
}

export function emojiText(language: string): string {
  const entries = read<readonly Entry[]>(`${language}/data`);
  const messages = read<Messages>(`${language}/messages`);
  const codes = read<Readonly<Record<string, string | readonly string[]>>>("en/shortcodes/emojibase");
  const groups = messages.groups.filter((g) => g.order !== COMPONENTS);
  const tones = ["light", "medium-light", "medium", "medium-dark", "dark"].map(
    (key) => messages.skinTones.find((tone) => tone.key === key)!.message,
  );
  const lines = entries
    .filter((e) => e.group !== undefined && e.group !== COMPONENTS && e.version <= NEWEST)
    .sort((a, b) => a.order! - b.order!)
    .map((e) =>
      [
        normal(e.emoji),
        light(e),
        groups.findIndex((g) => g.order === e.group),
        [codes[e.hexcode] ?? []].flat().join(" "),
        e.label,
        (e.tags ?? []).join(" "),
      ].join("\t"),
    );
  return [groups.map((g) => g.message).join("\t"), tones.join("\t"), ...lines].join("\n");
}

export function emoji(): Plugin {
  return {
    name: "confab-emoji",
    resolveId: (id) => (id.startsWith(PREFIX.slice(1)) ? `\0${id}` : undefined),
    load: (id) =>
      id.startsWith(PREFIX)
        ? `export default ${JSON.stringify(emojiText(id.slice(PREFIX.length)))};`
        : undefined,
  };
}
