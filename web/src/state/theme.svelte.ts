/* Light, dark, or as the device has it: one attribute on the root; the tokens do the rest. */
import type { Notes } from "../local/notes";

export type ThemeChoice = "system" | "light" | "dark";
export const THEMES: readonly ThemeChoice[] = ["system", "light", "dark"];

export class Theme {
  choice = $state<ThemeChoice>("system");
  readonly #root: HTMLElement;
  readonly #notes: Notes;

  constructor(root: HTMLElement, notes: Notes) {
    this.#root = root;
    this.#notes = notes;
    const kept = notes.get("theme");
    this.#show(THEMES.find((t) => t === kept) ?? "system");
  }

  choose(choice: ThemeChoice): void {
    this.#notes.set("theme", choice === "system" ? undefined : choice);
    this.#show(choice);
  }

  #show(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === "system") delete this.#root.dataset["theme"];
    else this.#root.dataset["theme"] = choice;
  }
}
