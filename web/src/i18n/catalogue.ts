/* What a catalogue is. English is the one that says which keys there are and what each is given; the others are held to it
 * by these types and by `catalogueFaults`, which the build and the tests run. */
import type { en } from "./en";

export type Key = keyof typeof en;
export type Params = Readonly<Record<string, string | number>>;

/** One text per form that `Intl.PluralRules` tells apart in the language; it follows the number `n`. */
export type Forms = { readonly other: string } & Partial<
  Record<"zero" | "one" | "two" | "few" | "many", string>
>;

/** The same keys in another language. */
export type CatalogueOf<E> = { readonly [K in keyof E]: E[K] extends string ? string : Forms };
export type Catalogue = CatalogueOf<typeof en>;

type HolesIn<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | HolesIn<Rest> : never;
type Holes<T> = T extends string ? HolesIn<T> : HolesIn<T[keyof T]>;

/** What has to be given along with a text: exactly what it has holes for. */
export type ArgsOf<T> = [Holes<T>] extends [never]
  ? []
  : [params: Readonly<Record<Holes<T>, string | number>>];
export type Args<K extends Key> = K extends Key ? ArgsOf<(typeof en)[K]> : never;

type Texts = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

const HOLE = /\{(\w+)\}/g;
const holes = (text: string): string =>
  [...new Set(Array.from(text.matchAll(HOLE), (m) => m[1]!))].sort().join(", ");

/** These only tell millions apart, which nobody here counts: without them, `other` is said. */
const MILLIONS: Readonly<Record<string, string>> = { es: "many", fr: "many", pt: "many" };

/** What is wrong with the catalogue of a language, beside the English one: keys, forms and holes. */
export function catalogueFaults(
  code: string,
  texts: Texts,
  english: Texts,
): { readonly missing: readonly string[]; readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  const rules = new Intl.PluralRules(code);
  const forms = rules.resolvedOptions().pluralCategories;
  // Where only 1 is "one", its words may do without the number.
  const alone = [0, 21, 101].every((n) => rules.select(n) !== "one");
  for (const [key, text] of Object.entries(texts)) {
    const original = english[key];
    if (original === undefined) {
      wrong.push(`${key}: English has no such text`);
      continue;
    }
    const wanted = holes(typeof original === "string" ? original : (original["other"] ?? ""));
    if (typeof text === "string" || typeof original === "string") {
      if (typeof text !== typeof original) wrong.push(`${key}: only one of the two follows a number`);
      else if (holes(text as string) !== wanted)
        wrong.push(`${key}: holes for ${holes(text as string) || "nothing"}, not ${wanted || "nothing"}`);
      continue;
    }
    for (const form of forms) {
      if (text[form] === undefined && form !== MILLIONS[code]) wrong.push(`${key}: no form for "${form}"`);
    }
    for (const [form, words] of Object.entries(text)) {
      if (!forms.includes(form as Intl.LDMLPluralRule)) wrong.push(`${key}: there is no form "${form}"`);
      const said = alone && form === "one" ? holes(`${words}{n}`) : holes(words);
      if (said !== wanted) wrong.push(`${key} (${form}): holes for ${holes(words)}, not ${wanted}`);
    }
    if (!wanted.split(", ").includes("n")) wrong.push(`${key}: the number itself is not said`);
  }
  return { missing: Object.keys(english).filter((k) => texts[k] === undefined), wrong };
}
