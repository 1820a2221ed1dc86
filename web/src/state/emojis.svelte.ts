/* The emoji to choose from, in the language that is spoken; which ones one used last, and the tone that one likes. */
import type { Notes } from "../local/notes";
import type { EmojiSet, Tone } from "../model/emoji";

const KEPT = 24;

export class Emojis {
  /** Undefined until somebody asked for them. */
  set = $state.raw<EmojiSet | undefined>();
  /** Latest first. */
  recent = $state.raw<readonly string[]>([]);
  tone = $state<Tone>(0);
  readonly #notes: Notes;
  readonly #language: () => string;
  #loaded = "";

  constructor(notes: Notes, language: () => string) {
    this.#notes = notes;
    this.#language = language;
    this.recent = notes.get("emoji.recent")?.split(" ") ?? [];
    this.tone = (Number(notes.get("emoji.tone")) % 6 || 0) as Tone;
  }

  /** Fails where they can't be fetched. */
  async load(): Promise<void> {
    const language = this.#language().split("-")[0]!;
    if (this.#loaded === language) return;
    const { fetchEmoji } = await import("./emoji-files");
    this.set = await fetchEmoji(language);
    this.#loaded = language;
  }

  use(emoji: string): void {
    this.recent = [emoji, ...this.recent.filter((e) => e !== emoji)].slice(0, KEPT);
    this.#notes.set("emoji.recent", this.recent.join(" "));
  }

  choose(tone: Tone): void {
    this.tone = tone;
    this.#notes.set("emoji.tone", tone === 0 ? undefined : String(tone));
  }
}
