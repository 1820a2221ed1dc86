/* Everything that says something in one language: its words, and the forms of its dates and numbers. */
import type { Catalogue } from "./catalogue";
import type { Language } from "./languages";

export class Voice {
  /** Language of the words. */
  readonly language: string;
  readonly dir: "ltr" | "rtl";
  /** Language of dates and numbers: the reader's own, in so far as it agrees with the words. */
  readonly locale: string;
  readonly catalogue: Catalogue;
  readonly plural: Intl.PluralRules;
  readonly number: Intl.NumberFormat;
  readonly time: Intl.DateTimeFormat;
  readonly weekday: Intl.DateTimeFormat;
  readonly date: Intl.DateTimeFormat;
  readonly shortDate: Intl.DateTimeFormat;
  readonly dayLine: Intl.DateTimeFormat;
  readonly full: Intl.DateTimeFormat;
  /** Of no language: to compare days. */
  readonly day: Intl.DateTimeFormat;
  readonly list: Intl.ListFormat;

  constructor(language: Language, locale: string, catalogue: Catalogue, timeZone?: string) {
    this.language = language.tag ?? language.code;
    this.dir = language.dir;
    this.locale = locale;
    this.catalogue = catalogue;
    const zone = timeZone === undefined ? {} : { timeZone };
    const dates = (options: Intl.DateTimeFormatOptions, tag = locale): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat(tag, { ...options, ...zone });
    this.plural = new Intl.PluralRules(language.code);
    this.number = new Intl.NumberFormat(locale);
    this.time = dates({ timeStyle: "short" });
    this.weekday = dates({ weekday: "short" });
    this.date = dates({ year: "numeric", month: "long", day: "numeric" });
    this.shortDate = dates({ year: "2-digit", month: "numeric", day: "numeric" });
    this.dayLine = dates({ weekday: "long", month: "long", day: "numeric" });
    this.full = dates({ dateStyle: "long", timeStyle: "short" });
    this.day = dates({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
    this.list = new Intl.ListFormat(language.code, { type: "conjunction" });
  }
}
