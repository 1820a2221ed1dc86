/* The words of the administrators' site, of links and of the list of keys: a catalogue apart, because few need it. */
import type { ArgsOf, CatalogueOf } from "../catalogue";
import { disguised } from "../pseudo";
import { en } from "./en";

export type SiteKey = keyof typeof en;
export type SiteCatalogue = CatalogueOf<typeof en>;
export type SiteArgs<K extends SiteKey> = K extends SiteKey ? ArgsOf<(typeof en)[K]> : never;

const LOAD: Readonly<Record<string, () => Promise<SiteCatalogue>>> = {
  de: async () => (await import("./de")).de,
  es: async () => (await import("./es")).es,
  fr: async () => (await import("./fr")).fr,
  pt: async () => (await import("./pt")).pt,
  ru: async () => (await import("./ru")).ru,
  "ar-XB": () => Promise.resolve(disguised(en)),
};

/** English where there is no other. */
export function siteWords(language: string): Promise<SiteCatalogue> {
  const load = LOAD[language] ?? LOAD[language.split("-")[0]!];
  return load ? load() : Promise.resolve(en);
}
