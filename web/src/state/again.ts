/* Something that failed for now is tried again by itself: after a second, then later and later, each time a random part of it,
 * so that not all who failed together come back together; and at once when the connection is back. */
import type { Clock } from "../net/clock";

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A connection that comes and goes must not make it a busy loop. */
const LEAST_MS = 500;

export class Again {
  readonly #clock: Clock;
  #tries = 0;
  #last = 0;
  #waiting: { readonly cancel: () => void; readonly run: () => void } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `run` in a while, instead of what waited before. */
  later(run: () => void): void {
    this.stop();
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries++);
    this.#last = this.#clock.now();
    this.#after(wait * (0.5 + this.#clock.random() / 2), run);
  }

  /** The connection is back: what waits need not wait longer. */
  nudge(): void {
    const run = this.#waiting?.run;
    if (!run) return;
    this.stop();
    this.#after(Math.max(0, this.#last + LEAST_MS - this.#clock.now()), run);
  }

  /** It went well: the next failure is a first one again. */
  done(): void {
    this.#tries = 0;
    this.stop();
  }

  stop(): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#waiting = undefined;
      run();
    });
    this.#waiting = { cancel, run };
  }
}
