/* Short words at the edge of the screen that go by themselves. */
import type { Clock } from "../net/clock";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "bad";
}

const STAYS_MS = 5_000;

export class Toasts {
  items = $state.raw<readonly Toast[]>([]);
  readonly #clock: Clock;
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  say(text: string, tone: Toast["tone"] = "plain"): void {
    const id = this.#next++;
    this.items = [...this.items.filter((t) => t.text !== text), { id, text, tone }].slice(-3);
    this.#clock.after(STAYS_MS, () => {
      this.items = this.items.filter((t) => t.id !== id);
    });
  }
}
