import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogueFaults } from "./catalogue";
import { de } from "./de";
import { en } from "./en";
import { en as site } from "./site/en";
import { siteWords } from "./site/site";
import { es } from "./es";
import { fr } from "./fr";
import { I18n } from "./i18n";
import { ENGLISH, LANGUAGES, pick } from "./languages";
import { pt } from "./pt";
import { ru } from "./ru";
import { Voice } from "./voice";

const NOON = Date.UTC(2024, 4, 15, 12, 0);
const DAY = 86_400_000;
const english = new Voice(ENGLISH, "en-GB", en, "UTC");
const i18n = new I18n(
  () => english,
  () => NOON,
);

async function speaking(locale: string): Promise<I18n> {
  const { language } = pick([locale]);
  const voice = new Voice(language, locale, await language.load(), "UTC");
  return new I18n(
    () => voice,
    () => NOON,
  );
}

describe("words", () => {
  it("fill in what they are given, and numbers in the reader's form", () => {
    expect(i18n.t("typing.two", { a: "Ann", b: "Bo" })).toBe("Ann and Bo are writing");
    expect(i18n.t("list.unread", { n: 1 })).toBe("1 unread message");
    expect(i18n.t("list.unread", { n: 1200 })).toBe("1,200 unread messages");
  });

  it("don't take what they are given for a pattern", () => {
    expect(i18n.t("list.from", { name: "{text}", text: "$&" })).toBe("{text}: $&");
  });

  it("say failures plainly that have no words of their own", () => {
    expect(i18n.error("name_taken")).toBe("This name is taken.");
    expect(i18n.error("no_such_code")).toBe(en["error.unknown"]);
  });
});

describe("how long one has to wait", () => {
  it("is said in seconds, and beyond a minute and a half in minutes", () => {
    expect(i18n.failure("rate_limited", 25)).toBe("Too many tries. Try again in 25 seconds.");
    expect(i18n.failure("rate_limited", 61)).toContain("in 61 seconds");
    expect(i18n.failure("rate_limited", 121)).toContain("in 3 minutes");
    expect(i18n.failure("rate_limited")).toBe(en["error.rate_limited"]);
    expect(i18n.failure("name_taken", 25)).toBe("This name is taken.");
  });

  it("has the forms of the language", async () => {
    const one = async (locale: string): Promise<string> =>
      (await speaking(locale)).failure("rate_limited", 21);
    expect(await one("ru")).toContain("через 21 секунду");
    expect(await one("de")).toContain("in 21 Sekunden");
    expect(await one("fr")).toContain("dans 21 secondes");
  });
});

describe("dates", () => {
  it("are as short as they can be", () => {
    expect(i18n.brief(NOON - 3_600_000)).toBe("11:00");
    expect(i18n.brief(NOON - DAY)).toBe("Yesterday");
    expect(i18n.brief(NOON - 3 * DAY)).toBe("Sun");
    expect(i18n.brief(NOON - 30 * DAY)).toBe("15/04/24");
  });

  it("name the day", () => {
    expect(i18n.dayLine(NOON)).toBe("Today");
    expect(i18n.dayLine(NOON - DAY)).toBe("Yesterday");
    expect(i18n.dayLine(NOON - 20 * DAY)).toBe("Thursday 25 April");
    expect(i18n.dayLine(NOON - 400 * DAY)).toBe("11 April 2023");
  });
});

describe("languages", () => {
  it("are picked by the reader's liking, in their own country's form", () => {
    expect(pick(["nl", "fr-CH", "de"])).toMatchObject({ language: { code: "fr" }, locale: "fr-CH" });
    expect(pick(["PT-pt"]).language.code).toBe("pt");
    expect(pick(["xx"])).toMatchObject({ language: { code: "en" }, locale: "en" });
    expect(pick([]).language).toBe(ENGLISH);
  });

  it("don't come right to left by an Arabic browser, only by name", () => {
    expect(pick(["ar-EG"]).language).toBe(ENGLISH);
    expect(pick(["ar-XB"]).language.dir).toBe("rtl");
  });

  it("count as Russians do", async () => {
    const { t } = await speaking("ru");
    const said = [1, 2, 5, 11, 21, 22, 111, 1_001].map((n) => t("list.unread", { n }));
    expect(said.map((s) => s.replace(/^[\d\s]+/, ""))).toEqual([
      "непрочитанное сообщение",
      "непрочитанных сообщения",
      "непрочитанных сообщений",
      "непрочитанных сообщений",
      "непрочитанное сообщение",
      "непрочитанных сообщения",
      "непрочитанных сообщений",
      "непрочитанное сообщение",
    ]);
  });

  it("count nothing as the French and the Brazilians do", async () => {
    expect((await speaking("fr")).t("list.unread", { n: 0 })).toBe("0 message non lu");
    expect((await speaking("pt-BR")).t("list.unread", { n: 0 })).toBe("0 mensagem não lida");
    expect((await speaking("es")).t("list.unread", { n: 0 })).toBe("0 mensajes sin leer");
  });

  it("have their own dates and numbers", async () => {
    const german = await speaking("de-AT");
    expect(german.dayLine(NOON - 20 * DAY)).toBe("Donnerstag, 25. April");
    expect(german.number(1_234_567)).toBe("1\u00a0234\u00a0567");
    expect((await speaking("ru")).date(NOON)).toBe("15 мая 2024 г.");
    expect((await speaking("fr")).list(["Ann", "Bo", "Cy"])).toBe("Ann, Bo et Cy");
  });

  it("let names of the other direction stand by themselves", async () => {
    expect(i18n.t("typing.one", { a: "ליאת" })).toBe("\u2068ליאת\u2069 is writing");
    expect(i18n.t("typing.one", { a: "Ann" })).toBe("Ann is writing");
    expect((await speaking("ar-XB")).t("typing.one", { a: "Ann" })).toContain("\u2068Ann\u2069");
  });

  it("have a disguise that keeps what is filled in", async () => {
    const { t } = await speaking("ar-XB");
    expect(t("list.from", { name: "ليات", text: "1" })).toBe("ليات: 1");
    expect(t("action.back")).toBe("\u202eƁåçķçķ\u202c");
  });
});

describe("catalogues", () => {
  it("of every language that is offered have all that English has, and the right holes", () => {
    const catalogues = { de, es, fr, pt, ru };
    const offered = LANGUAGES.filter((l) => !l.hidden && l !== ENGLISH).map((l) => l.code);
    expect(Object.keys(catalogues).sort()).toEqual(offered.sort());
    for (const [code, texts] of Object.entries(catalogues)) {
      const { missing, wrong } = catalogueFaults(code, texts, en);
      expect(wrong, code).toEqual([]);
      expect(missing).toEqual([]);
    }
  });

  it("end a line of the list with what was said, which stands in an element of its own", async () => {
    for (const { load } of LANGUAGES) {
      const texts = await load();
      for (const key of ["list.you", "list.from"] as const) expect(texts[key]).toMatch(/\{text\}$/);
    }
  });

  it("of the site, too, and come by the language that is spoken", async () => {
    for (const code of ["de", "es", "fr", "pt", "ru"]) {
      const { missing, wrong } = catalogueFaults(code, await siteWords(code), site);
      expect([...wrong, ...missing], code).toEqual([]);
    }
    expect((await siteWords("pt-BR"))["nav.people"]).toBe("Pessoas");
    expect((await siteWords("ar-XB"))["nav.people"]).toContain("\u202e");
    expect(await siteWords("nl")).toBe(site);
  });

  it("are refused with missing and superfluous keys, wrong holes and wrong forms", () => {
    const original = { a: "A {x}", b: "B", n: { one: "{n} thing", other: "{n} things" } };
    const faults = (texts: Record<string, string | Record<string, string>>): readonly string[] => {
      const { missing, wrong } = catalogueFaults("ru", texts, original);
      return [...missing.map((k) => `missing ${k}`), ...wrong];
    };
    const n = { one: "{n} 1", few: "{n} 2", many: "{n} 5", other: "{n}" };
    expect(faults({ a: "А {x}", b: "Б", n })).toEqual([]);
    expect(faults({ a: "А {x}", n })).toEqual(["missing b"]);
    expect(faults({ a: "А {x}", b: "Б", n, c: "В" })).toEqual(["c: English has no such text"]);
    expect(faults({ a: "А {y}", b: "Б", n })).toEqual(["a: holes for y, not x"]);
    expect(faults({ a: "А", b: "Б {x}", n })).toHaveLength(2);
    expect(faults({ a: "А {x}", b: "Б", n: { one: "{n}", other: "{n}" } })).toHaveLength(2);
    expect(faults({ a: "А {x}", b: "Б", n: { ...n, two: "{n}" } })).toHaveLength(1);
    expect(faults({ a: "А {x}", b: "Б", n: { ...n, few: "два" } })).toHaveLength(1);
    expect(faults({ a: "А {x}", b: "Б", n: "{n}" })).toHaveLength(1);
  });
});

describe("catalogue", () => {
  const src = new URL("../", import.meta.url);
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (f) => /\.(ts|svelte)$/.test(f) && !f.includes(".test.") && !/^i18n\/(site\/)?[a-z]{2}\.ts$/.test(f),
  );
  const code = files.map((f) => readFileSync(new URL(f, src), "utf8")).join("\n");

  it("has no text that nobody says", () => {
    const said = (key: string): boolean =>
      code.includes(`"${key}"`) ||
      code.includes(`'${key}'`) ||
      code.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}$`) ||
      key.startsWith("error.") ||
      key.startsWith("newRoom.") ||
      key.startsWith("details.kind.");
    expect(Object.keys(en).filter((k) => !said(k))).toEqual([]);
  });

  it("of the site has no text that nobody says", () => {
    const said = (key: string): boolean =>
      code.includes(`"${key}"`) || code.includes(`\`${key.slice(0, key.lastIndexOf(".") + 1)}$`);
    expect(Object.keys(site).filter((k) => !said(k))).toEqual([]);
  });

  it("has words for every plural", () => {
    for (const [key, text] of Object.entries({ ...en, ...site })) {
      if (typeof text !== "string")
        expect(text, key).toMatchObject({ one: expect.any(String), other: expect.any(String) });
    }
  });
});
