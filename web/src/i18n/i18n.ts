/* Words, numbers and dates in the reader's own form. Which voice that is may change while the page is open: whatever calls
 * these where Svelte draws is drawn again then. */
import type { Args, Forms, Key, Params } from "./catalogue";
import type { Voice } from "./voice";

export type { Key, Params } from "./catalogue";

const DAY_MS = 86_400_000;
const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const LTR = /\p{L}/u;

/** Names and texts of people keep their own direction inside a sentence of the other one (Unicode: FSI, PDI). */
function isolated(value: string, dir: "ltr" | "rtl"): string {
  const foreign = dir === "ltr" ? RTL.test(value) : LTR.test(value) && !RTL.test(value);
  return foreign ? `\u2068${value}\u2069` : value;
}

export class I18n {
  readonly #voice: () => Voice;
  readonly #now: () => number;

  constructor(voice: () => Voice, now: () => number) {
    this.#voice = voice;
    this.#now = now;
  }

  get language(): string {
    return this.#voice().language;
  }

  get locale(): string {
    return this.#voice().locale;
  }

  t = <K extends Key>(key: K, ...[params]: Args<K>): string => this.#say(key, params ?? {});

  #say(key: Key, params: Params): string {
    return this.fill(this.#voice().catalogue[key], params);
  }

  /** A text of a catalogue, with what it has holes for. */
  fill = (entry: string | Forms, params: Params): string => {
    const voice = this.#voice();
    const text =
      typeof entry === "string"
        ? entry
        : (entry[voice.plural.select(Number(params["n"] ?? 0))] ?? entry.other);
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = params[name];
      if (typeof value === "number") return voice.number.format(value);
      return value === undefined ? whole : isolated(value, voice.dir);
    });
  };

  /** The text of a failure, if the catalogue has one of its own. */
  error = (code: string): string => {
    const key = `error.${code}`;
    return this.#say(key in this.#voice().catalogue ? (key as Key) : "error.unknown", {});
  };

  /** The same, and when one may try again, where the server says it. */
  failure = (code: string, after?: number): string => {
    if (code !== "rate_limited" || after === undefined) return this.error(code);
    const [n, unit] =
      after < 90 ? ([after, "second"] as const) : ([Math.ceil(after / 60), "minute"] as const);
    const when = new Intl.RelativeTimeFormat(this.language).format(n, unit);
    return this.t("error.rate_limited_until", { when });
  };

  number = (n: number): string => this.#voice().number.format(n);
  /** Where there is no room for more: "99+". */
  upTo = (most: number, n: number): string => (n > most ? `${String(most)}+` : this.number(n));
  list = (names: readonly string[]): string => this.#voice().list.format(names);
  time = (at: number): string => this.#voice().time.format(at);
  date = (at: number): string => this.#voice().date.format(at);
  full = (at: number): string => this.#voice().full.format(at);

  /** The local day, to compare. */
  day = (at: number): string => this.#voice().day.format(at);

  dayLine = (at: number): string => {
    const day = this.day(at);
    const now = this.#now();
    if (day === this.day(now)) return this.t("time.today");
    if (day === this.day(now - DAY_MS)) return this.t("time.yesterday");
    const { dayLine, date } = this.#voice();
    return (day.slice(0, 4) === this.day(now).slice(0, 4) ? dayLine : date).format(at);
  };

  /** As short as it can be: the time today, the weekday this week, else the date. */
  brief = (at: number): string => {
    const now = this.#now();
    if (this.day(at) === this.day(now)) return this.time(at);
    if (this.day(at) === this.day(now - DAY_MS)) return this.t("time.yesterday");
    const { weekday, shortDate } = this.#voice();
    return (now - at < 6 * DAY_MS && at < now ? weekday : shortDate).format(at);
  };
}
