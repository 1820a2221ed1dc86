/* Something of each room that is kept in memory and on this device. Another page of the browser may write there, too: what is
 * written takes the place of its own room's alone. */
import type { Ground } from "./ground";

export class RoomNotes<T> {
  all = $state.raw<ReadonlyMap<string, T>>(new Map());
  readonly #ground: Ground;
  readonly #name: string;

  constructor(ground: Ground, name: string) {
    this.#ground = ground;
    this.#name = name;
  }

  get #key(): string {
    return `${this.#name}.${this.#ground.me.id}`;
  }

  start(): void {
    this.all = new Map([...this.#kept(), ...this.all]);
  }

  put(room: string, what: T | undefined): void {
    const [all, kept] = [new Map(this.all), this.#kept()];
    for (const map of [all, kept]) {
      if (what === undefined) map.delete(room);
      else map.set(room, what);
    }
    this.all = all;
    this.#ground.parts.notes.set(this.#key, kept.size === 0 ? undefined : JSON.stringify([...kept]));
  }

  #kept(): Map<string, T> {
    try {
      return new Map(JSON.parse(this.#ground.parts.notes.get(this.#key) ?? "[]") as [string, T][]);
    } catch {
      return new Map();
    }
  }

  /** Whoever signs out leaves nothing behind. */
  forget(): void {
    this.all = new Map();
    this.#ground.parts.notes.set(this.#key, undefined);
  }
}
