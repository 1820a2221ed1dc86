/* A list that comes page by page, asked for anew when what is asked for changes. */
import type { List } from "../../protocol/api";

export class Pages<T> {
  /** Undefined until the first page is there. */
  items = $state.raw<readonly T[] | undefined>();
  next = $state.raw<string | undefined>();
  failed = $state.raw<unknown>();
  readonly #ask: (cursor?: string) => Promise<List<T>>;
  #turn = 0;

  constructor(ask: (cursor?: string) => Promise<List<T>>) {
    this.#ask = ask;
  }

  /** From the start, or on from a cursor. An answer that comes after a later question was asked is not for us any more. */
  async load(cursor?: string): Promise<void> {
    const turn = ++this.#turn;
    try {
      const list = await this.#ask(cursor);
      if (turn !== this.#turn) return;
      this.items = cursor === undefined ? list.items : [...(this.items ?? []), ...list.items];
      this.next = list.next;
      this.failed = undefined;
    } catch (error) {
      if (turn === this.#turn) this.failed = error;
    }
  }
}
