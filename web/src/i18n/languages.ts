/* The languages that there are. Each catalogue but the English one is a file of its own that only its readers load. */
import { en } from "./en";
import type { Catalogue } from "./catalogue";

export interface Language {
  readonly code: string;
  /** For `lang`, where the words are those of one country. */
  readonly tag?: string;
  /** What its own speakers call it. */
  readonly name: string;
  readonly dir: "ltr" | "rtl";
  /** Nobody is offered it: whoever names it in the address (?lang=) gets it. */
  readonly hidden?: true;
  readonly load: () => Promise<Catalogue>;
}

export const ENGLISH: Language = {
  code: "en",
  name: "English",
  dir: "ltr",
  load: () => Promise.resolve(en),
};

export const LANGUAGES: readonly Language[] = [
  { code: "de", name: "Deutsch", dir: "ltr", load: async () => (await import("./de")).de },
  ENGLISH,
  { code: "es", name: "Español", dir: "ltr", load: async () => (await import("./es")).es },
  { code: "fr", name: "Français", dir: "ltr", load: async () => (await import("./fr")).fr },
  {
    code: "pt",
    tag: "pt-BR",
    name: "Português (Brasil)",
    dir: "ltr",
    load: async () => (await import("./pt")).pt,
  },
  { code: "ru", name: "Русский", dir: "ltr", load: async () => (await import("./ru")).ru },
  {
    code: "ar-XB",
    name: "Right to left",
    dir: "rtl",
    hidden: true,
    load: async () => (await import("./pseudo")).pseudo(),
  },
];

/** The language of these that the reader likes best, and how they like its dates and numbers. */
export function pick(wanted: readonly string[]): { readonly language: Language; readonly locale: string } {
  for (const locale of wanted) {
    const language =
      LANGUAGES.find((l) => l.code === locale) ??
      LANGUAGES.find((l) => !l.hidden && l.code === locale.split("-")[0]!.toLowerCase());
    if (language) return { language, locale };
  }
  return { language: ENGLISH, locale: "en" };
}
