/* What one writes in a room that is no message to all of it: a whisper, or the new text of something that was said. Each has a
 * text of its own, apart from the draft, so that nothing that was meant for one can become what all would see; it stays on this
 * device until it is sent or given up. One at a time has the field; the draft has it when none does. */
import type { Message, User, Whisper } from "../protocol/generated";
import type { Ground } from "./ground";
import { RoomNotes } from "./room-notes.svelte";

export type Aside =
  { readonly to: User; readonly edit?: Whisper } | { readonly to?: undefined; readonly edit: Message };

export interface Begun {
  readonly aside: Aside;
  readonly text: string;
  /** It has the field. */
  readonly now?: boolean;
}

function same(a: Aside, b: Aside): boolean {
  return a.to?.id === b.to?.id && a.edit?.id === b.edit?.id;
}

function isWorth({ aside, text }: Begun): boolean {
  return text.trim() !== "" && text !== aside.edit?.text;
}

export class Asides {
  readonly #notes: RoomNotes<readonly Begun[]>;

  constructor(ground: Ground) {
    this.#notes = new RoomNotes(ground, "asides");
  }

  start(): void {
    this.#notes.start();
  }

  now(room: string): Begun | undefined {
    return this.#of(room).find((b) => b.now);
  }

  /** One comes to the room: what nothing is written in has the field no more. */
  come(room: string): void {
    this.#put(room, this.#of(room).filter(isWorth));
  }

  /** It has the field from now on, with what was begun of it before, or else with `text`. */
  begin(room: string, aside: Aside, text: string): void {
    const before = this.#of(room).find((b) => same(b.aside, aside));
    const others = this.#of(room).filter((b) => b !== before);
    this.#put(room, [...others.map(laid), { aside, text: before?.text || text, now: true }]);
  }

  write(room: string, text: string): void {
    this.#put(
      room,
      this.#of(room).map((b) => (b.now ? { ...b, text } : b)),
    );
  }

  /** The draft has the field again. What was begun waits until one comes back to it. */
  lay(room: string): void {
    this.#put(room, this.#of(room).map(laid));
  }

  /** It is sent, or given up. */
  end(room: string): void {
    this.#put(
      room,
      this.#of(room).filter((b) => !b.now),
    );
  }

  forget(): void {
    this.#notes.forget();
  }

  #of(room: string): readonly Begun[] {
    return this.#notes.all.get(room) ?? [];
  }

  #put(room: string, all: readonly Begun[]): void {
    const kept = all.filter((b) => b.now || isWorth(b));
    if (kept.length > 0 || this.#of(room).length > 0)
      this.#notes.put(room, kept.length > 0 ? kept : undefined);
  }
}

function laid({ aside, text }: Begun): Begun {
  return { aside, text };
}
