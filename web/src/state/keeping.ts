/* Keeps on the device what one saw last, for as long as somebody is signed in here, and gives it back when the server can't be
 * reached. Of one account at a time: signing out, or another account, takes it away. */
import type { Drawer } from "../local/keep";
import { FORM, keep, revive, type Kept } from "../model/kept";
import type { ClientState } from "../model/client";
import type { Clock } from "../net/clock";
import type { Chat } from "./chat.svelte";

const KEY = "state";
const PAUSE_MS = 4_000;

export interface Found {
  readonly state: ClientState;
  readonly at: number;
  readonly rooms: readonly string[];
}

export class Keeping {
  readonly #drawer: Drawer<Kept>;
  readonly #clock: Clock;
  #cancel: () => void = () => undefined;
  #save: () => Promise<void> = () => Promise.resolve();

  constructor(drawer: Drawer<Kept>, clock: Clock) {
    this.#drawer = drawer;
    this.#clock = clock;
  }

  async #kept(): Promise<Kept | undefined> {
    const kept = (await this.#drawer.all())[0];
    return (kept?.form as number | undefined) === FORM ? kept : undefined;
  }

  async find(): Promise<Found | undefined> {
    const kept = await this.#kept();
    return kept && { state: revive(kept), at: kept.at, rooms: Object.keys(kept.lines) };
  }

  /** What another account left is taken away first. */
  async start(chat: Chat): Promise<void> {
    this.stop();
    let before = await this.#kept();
    if (before && before.me.id !== chat.me.id) {
      before = undefined;
      await this.#drawer.remove(KEY);
    }
    let saved: ClientState | undefined;
    let stopped = false;
    this.#save = async () => {
      // What came from here and was not confirmed yet need not be written again; nor what nobody has seen.
      if (stopped || !chat.loaded || chat.keptAt !== undefined || chat.client === saved) return;
      saved = chat.client;
      before = keep(chat.client, chat.visited, this.#clock.now(), before);
      await this.#drawer.put(KEY, before);
    };
    let cancel = (): void => undefined;
    const wait = (): void => {
      cancel = this.#clock.after(PAUSE_MS, () => {
        void this.#save();
        wait();
      });
    };
    wait();
    this.#cancel = () => {
      stopped = true;
      cancel();
    };
  }

  /** The page may go away now. */
  save(): Promise<void> {
    return this.#save();
  }

  stop(): void {
    this.#cancel();
    this.#save = () => Promise.resolve();
  }

  async forget(): Promise<void> {
    this.stop();
    await this.#drawer.remove(KEY);
  }
}
