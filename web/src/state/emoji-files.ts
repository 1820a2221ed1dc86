/* The emoji in each language: a file each, fetched when somebody first looks for one. */
import { readEmoji, type EmojiSet } from "../model/emoji";

const FILES: Readonly<Record<string, () => Promise<{ default: string }>>> = {
  de: () => import("virtual:emoji/de"),
  en: () => import("virtual:emoji/en"),
  es: () => import("virtual:emoji/es"),
  fr: () => import("virtual:emoji/fr"),
  pt: () => import("virtual:emoji/pt"),
  ru: () => import("virtual:emoji/ru"),
};

export async function fetchEmoji(language: string): Promise<EmojiSet> {
  const load = FILES[language] ?? FILES["en"]!;
  return readEmoji((await load()).default);
}
