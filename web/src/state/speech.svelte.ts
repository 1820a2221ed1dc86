/* Which language is spoken: the one that was chosen on this device, else the first of the browser's that there is. */
import { en } from "../i18n/en";
import { ENGLISH, LANGUAGES, pick, type Language } from "../i18n/languages";
import { Voice } from "../i18n/voice";
import type { Notes } from "../local/notes";

const NOTE = "language";

export class Speech {
  voice = $state.raw(new Voice(ENGLISH, "en", en));
  /** Undefined: as the device. */
  choice = $state<string | undefined>();
  readonly #root: HTMLElement;
  readonly #notes: Notes;
  readonly #device: () => readonly string[];
  #asked = 0;

  constructor(root: HTMLElement, notes: Notes, device: () => readonly string[]) {
    this.#root = root;
    this.#notes = notes;
    this.#device = device;
  }

  /** The languages that are offered. */
  get offered(): readonly Language[] {
    return LANGUAGES.filter((l) => !l.hidden);
  }

  /** What the device would have. */
  get own(): Language {
    return pick(this.#device()).language;
  }

  /** Resolves when the words are there; false where they can't be had, and the words stay as they are. `once` outranks the
   * choice and is not kept. */
  async speak(once?: string): Promise<boolean> {
    this.choice = LANGUAGES.find((l) => l.code === this.#notes.get(NOTE))?.code;
    const device = this.#device();
    const wanted = once ?? this.choice;
    // Whoever chose a language that the device knows too gets its dates as the device has them.
    const own = wanted === undefined ? device : device.filter((l) => pick([l]).language.code === wanted);
    const { language, locale } = pick(wanted === undefined ? device : [...own, wanted]);
    const mine = ++this.#asked;
    try {
      const catalogue = await language.load();
      if (mine === this.#asked) this.#adopt(new Voice(language, locale, catalogue));
      return true;
    } catch {
      if (mine === this.#asked) this.#adopt(this.voice);
      return false;
    }
  }

  choose(code: string | undefined): Promise<boolean> {
    this.#notes.set(NOTE, code);
    return this.speak();
  }

  #adopt(voice: Voice): void {
    this.voice = voice;
    this.#root.lang = voice.language;
    this.#root.dir = voice.dir;
  }
}
