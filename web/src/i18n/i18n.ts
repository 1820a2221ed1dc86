/* Words, numbers and dates in the reader's own form. A further language is one more catalogue with the same keys. */
import { en } from "./en";

export type Key = keyof typeof en;
type Forms = { readonly one: string; readonly other: string } & Partial<
  Record<"zero" | "two" | "few" | "many", string>
>;
export type Catalogue = Readonly<Record<Key, string | Forms>>;
export type Params = Readonly<Record<string, string | number>>;

const CATALOGUES: Readonly<Record<string, Catalogue>> = { en };
const DAY_MS = 86_400_000;

export class I18n {
  /** Language of the words. */
  readonly language: string;
  /** Language of dates and numbers: the reader's own, in so far as it agrees with the words. */
  readonly locale: string;
  readonly #catalogue: Catalogue;
  readonly #plural: Intl.PluralRules;
  readonly #number: Intl.NumberFormat;
  readonly #time: Intl.DateTimeFormat;
  readonly #weekday: Intl.DateTimeFormat;
  readonly #date: Intl.DateTimeFormat;
  readonly #shortDate: Intl.DateTimeFormat;
  readonly #dayLine: Intl.DateTimeFormat;
  readonly #full: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #list: Intl.ListFormat;
  readonly #now: () => number;

  constructor(languages: readonly string[], now: () => number, timeZone?: string) {
    const wanted = languages.find((l) => CATALOGUES[l.split("-")[0]!] !== undefined) ?? "en";
    this.language = wanted.split("-")[0]!;
    this.locale = wanted;
    this.#now = now;
    this.#catalogue = CATALOGUES[this.language] ?? en;
    const zone = timeZone === undefined ? {} : { timeZone };
    const dates = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
      new Intl.DateTimeFormat(wanted, { ...options, ...zone });
    this.#plural = new Intl.PluralRules(wanted);
    this.#number = new Intl.NumberFormat(wanted);
    this.#time = dates({ hour: "numeric", minute: "2-digit" });
    this.#weekday = dates({ weekday: "short" });
    this.#date = dates({ year: "numeric", month: "long", day: "numeric" });
    this.#shortDate = dates({ year: "2-digit", month: "numeric", day: "numeric" });
    this.#dayLine = dates({ weekday: "long", month: "long", day: "numeric" });
    this.#full = dates({ dateStyle: "long", timeStyle: "short" });
    this.#day = new Intl.DateTimeFormat("en-CA", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      ...zone,
    });
    this.#list = new Intl.ListFormat(wanted, { type: "conjunction" });
  }

  t = (key: Key, params: Params = {}): string => {
    const entry: string | Forms = this.#catalogue[key];
    let text: string;
    if (typeof entry === "string") text = entry;
    else text = entry[this.#plural.select(Number(params["n"] ?? 0))] ?? entry.other;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      return typeof value === "number" ? this.#number.format(value) : (value ?? whole);
    });
  };

  /** The text of a failure, if the catalogue has one of its own. */
  error = (code: string): string => {
    const key = `error.${code}`;
    return key in this.#catalogue ? this.t(key as Key) : this.t("error.unknown");
  };

  number = (n: number): string => this.#number.format(n);
  list = (names: readonly string[]): string => this.#list.format(names);
  time = (at: number): string => this.#time.format(at);
  date = (at: number): string => this.#date.format(at);
  full = (at: number): string => this.#full.format(at);

  /** The local day, to compare. */
  day = (at: number): string => this.#day.format(at);

  dayLine = (at: number): string => {
    const day = this.day(at);
    const now = this.#now();
    if (day === this.day(now)) return this.t("time.today");
    if (day === this.day(now - DAY_MS)) return this.t("time.yesterday");
    return day.slice(0, 4) === this.day(now).slice(0, 4) ? this.#dayLine.format(at) : this.#date.format(at);
  };

  /** As short as it can be: the time today, the weekday this week, else the date. */
  brief = (at: number): string => {
    const now = this.#now();
    if (this.day(at) === this.day(now)) return this.time(at);
    if (this.day(at) === this.day(now - DAY_MS)) return this.t("time.yesterday");
    if (now - at < 6 * DAY_MS && at < now) return this.#weekday.format(at);
    return this.#shortDate.format(at);
  };
}
