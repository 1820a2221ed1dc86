/* What can be held mechanically of how each language is written: its quotation marks, its spaces, one word for one thing, and one
 * way to address the reader. A word that stands in AVOIDED has another one that is used for the same thing everywhere. */
import { describe, expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { pt } from "./pt";
import { ru } from "./ru";
import { de as siteDe } from "./site/de";
import { en as siteEn } from "./site/en";
import { es as siteEs } from "./site/es";
import { fr as siteFr } from "./site/fr";
import { pt as sitePt } from "./site/pt";
import { ru as siteRu } from "./site/ru";

type Texts = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
type Rules = Readonly<Record<string, RegExp>>;

const EVERYWHERE: Rules = {
  "straight quotation mark": /["']/,
  "three dots": /\.\.\./,
  "space too much": /^\s|\s$|\s\s|\s[,.)]|\(\s/,
};

/** What is wrong where it matches. Operators of the search (`has:`) have no spaces in any language. */
const WRITTEN: Readonly<Record<string, Rules>> = {
  de: { "other quotation mark": /[«»”]|(?<!„[^“]*)“/ },
  en: { "other quotation mark": /[«»„]/ },
  es: {
    "other quotation mark": /[“”„]/,
    "no mark at the beginning": /^[^¿]*\?|^[^¡]*!/,
  },
  fr: {
    "other quotation mark": /[“”„]/,
    "not a narrow no-break space": /[^\u202f][?!;»]|«[^\u202f]/,
    "not a no-break space before the colon": /[^\u00a0]:(?=\s|$)/,
  },
  pt: { "other quotation mark": /[«»„]/ },
  ru: {
    "other quotation mark": /[“”„]/,
    "not a no-break space before the dash": /[^\u00a0]—|\s-\s|–/,
  },
};

const word = (words: string): RegExp => new RegExp(`(?<![\\p{L}_])(?:${words})(?![\\p{L}_])`, "iu");
const AVOIDED: Readonly<Record<string, Rules>> = {
  de: {
    Personen: word("Leute|Menschen"),
    Admins: word("Verwalter\\p{L}*|Administrator\\p{L}*"),
    "Konto erstellen": word("anleg\\p{L}*|angelegt"),
    "benachrichtigt, because melden is reporting": word("nachricht wird gemeldet"),
    anzeigen: word("zeigen"),
  },
  en: {
    "room, private room": word("groups?|channels?"),
    "sign in, sign out": word("log ?in|log ?out|logged"),
    "e-mail": word("email"),
  },
  es: {
    "tú, in every country": word("usted|ustedes|vosotros|vosotras|vuestr[oa]s?|veis|tenéis|os"),
    admins: word("administrador(?:es|a|as)?"),
    "propietario, ceder": word("dueñ[oa]s?"),
    "denuncia, denunciar": word("avisos?"),
    "salas temporales": word("pasajer[oa]s?"),
  },
  fr: {
    vous: word("tu|toi|ton|ta|tes"),
    admins: word("administrateurs?|administratrices?"),
    paramètres: word("réglages?"),
    rechercher: word("trouver des|chercher dans|chercher des"),
    transmettre: word("céder|cédé"),
    "fitting everybody": word("vous seul|connecté|invité|exclu"),
  },
  pt: {
    você: word("tu|teus?|tuas?|vós|vosso"),
    admins: word("administrador(?:es|a|as)?"),
    buscar: word("procurar|procure|procurando|encontrar (?:pessoas|salas|mensagens|conversas)"),
    apagar: word("excluir|excluíd[oa]s?"),
    dispositivo: word("aparelhos?"),
    privada: word("particular(?:es)?"),
    online: word("on-line"),
    "salas temporárias": word("passageir[oa]s?"),
    "em uma": word("num|numa"),
    função: word("papel"),
  },
  ru: {
    вы: word("ты|тебя|тебе|твой|твоя|твои|твоё"),
    аккаунт: word("учётн\\p{L}+ запис\\p{L}+"),
    беседа: word("чат\\p{L}*|диалог\\p{L}*"),
    "временная комната": word("проходн\\p{L}+"),
    символ: word("знак\\p{L}*"),
    изменение: word("правк\\p{L}+|редактир\\p{L}+"),
    "fitting everybody": /\p{L}\((?:а|ась|ла)\)/u,
  },
};

function faults(texts: Texts, code: string): string[] {
  const found: string[] = [];
  for (const [key, text] of Object.entries(texts)) {
    for (const said of typeof text === "string" ? [text] : Object.values(text)) {
      for (const [what, wrong] of Object.entries({ ...EVERYWHERE, ...WRITTEN[code] }))
        if (wrong.test(said)) found.push(`${key}: ${what}: ${said}`);
      for (const [better, avoided] of Object.entries(AVOIDED[code] ?? {}))
        if (avoided.test(said)) found.push(`${key}: said as ${better}: ${said}`);
    }
  }
  return found;
}

describe("the words of each language", () => {
  it.each(Object.entries({ de, en, es, fr, pt, ru } as Record<string, Texts>))(
    "are written as %s is",
    (code, texts) => {
      expect(faults(texts, code)).toEqual([]);
    },
  );

  it.each(
    Object.entries({ de: siteDe, en: siteEn, es: siteEs, fr: siteFr, pt: sitePt, ru: siteRu } as Record<
      string,
      Texts
    >),
  )("of the site are written as %s is", (code, texts) => {
    expect(faults(texts, code)).toEqual([]);
  });
});

describe("the rules of writing", () => {
  it.each([
    ["en", `It's`],
    ["en", "Wait..."],
    ["en", "One  two"],
    ["en", "Log in"],
    ["de", "Raum “Garten”"],
    ["de", "Zeigen"],
    ["es", "Bloquear?"],
    ["es", "Vuestra sala"],
    ["fr", "Bloquer ?"],
    ["fr", "Brouillon:"],
    ["fr", "«\u00a0mot\u00a0»"],
    ["pt", "Procurar"],
    ["ru", "Комната — место"],
    ["ru", "Ваша учётная запись"],
  ])("find in %s: %s", (code, text) => {
    expect(faults({ key: text }, code)).toHaveLength(1);
  });

  it.each([
    ["de", "Raum „Garten“, „Hof“"],
    ["es", "¿Bloquear a {name}?"],
    ["fr", "Bloquer\u202f? «\u202fmot\u202f», from:me, après has:, {n}\u00a0: oui"],
    ["ru", "Комната\u00a0— место; «сад»"],
  ])("let pass in %s: %s", (code, text) => {
    expect(faults({ key: text }, code)).toEqual([]);
  });
});
