import { beforeEach, expect, it } from "vitest";
import { LANGUAGES } from "../i18n/languages";
import { localNotes, type Notes } from "../local/notes";
import { Speech } from "./speech.svelte";

let root: HTMLElement;
let notes: Notes;
beforeEach(() => {
  root = { lang: "", dir: "" } as HTMLElement;
  notes = localNotes(() => {
    throw new Error("forbidden");
  });
});

it("speaks as the device does, and tells the page", async () => {
  const speech = new Speech(root, notes, () => ["nl-NL", "pt-PT", "en"]);
  expect(speech.voice.language).toBe("en");
  expect(await speech.speak()).toBe(true);
  expect(speech.choice).toBeUndefined();
  expect([speech.voice.language, speech.voice.locale]).toEqual(["pt-BR", "pt-PT"]);
  expect([root.lang, root.dir]).toEqual(["pt-BR", "ltr"]);
});

it("keeps what was chosen on the device, with the device's own dates where it knows the language", async () => {
  const device = (): string[] => ["en-GB", "de-CH"];
  await new Speech(root, notes, device).choose("de");
  const later = new Speech(root, notes, device);
  await later.speak();
  expect([later.choice, later.voice.language, later.voice.locale]).toEqual(["de", "de", "de-CH"]);
  await later.choose("ru");
  expect([later.voice.language, later.voice.locale]).toEqual(["ru", "ru"]);
  await later.choose(undefined);
  expect([later.choice, later.voice.locale]).toEqual([undefined, "en-GB"]);
});

it("speaks once what the address asks for, and turns the page around for it", async () => {
  const speech = new Speech(root, notes, () => ["en"]);
  await speech.speak("ar-XB");
  expect([root.lang, root.dir, speech.choice]).toEqual(["ar-XB", "rtl", undefined]);
  await speech.speak();
  expect(root.dir).toBe("ltr");
});

it("forgets a choice that there is not", async () => {
  notes.set("language", "tlh");
  const speech = new Speech(root, notes, () => ["fr"]);
  await speech.speak();
  expect([speech.choice, speech.voice.language]).toEqual([undefined, "fr"]);
});

it("stays with what it has when words can't be had", async () => {
  const russian = LANGUAGES.find((l) => l.code === "ru")!;
  const load = russian.load;
  Object.assign(russian, { load: () => Promise.reject(new Error("offline")) });
  const speech = new Speech(root, notes, () => ["ru"]);
  expect(await speech.speak()).toBe(false);
  expect([root.lang, speech.voice.language]).toEqual(["en", "en"]);
  Object.assign(russian, { load });
});

it("ends with the last choice, in whatever order words arrive", async () => {
  const speech = new Speech(root, notes, () => ["en"]);
  const slow = LANGUAGES.find((l) => l.code === "es")!;
  const load = slow.load;
  let arrive = (): void => undefined;
  Object.assign(slow, {
    load: async () => {
      await new Promise<void>((resolve) => (arrive = resolve));
      return load();
    },
  });
  const first = speech.choose("es");
  await speech.choose("fr");
  arrive();
  await first;
  expect(speech.voice.language).toBe("fr");
  Object.assign(slow, { load });
});
