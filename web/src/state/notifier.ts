/* Tells of messages outside the page, once for all pages of this browser.
 *
 * Every page hears of every message. The one that holds the lock tells; before it does, it asks the others whether somebody
 * looks at that conversation in one of them, and waits a moment for an answer. So nothing has to be kept in step between pages
 * that come, go and sleep. What is read meanwhile, here or on another device, is taken back. */
import { concern } from "../model/news";
import type { Clock } from "../net/clock";
import type { Message, User } from "../protocol/generated";
import type { Chat } from "./chat.svelte";

export interface Shown {
  close(): void;
}

/** What a page of this browser says to the others. */
type Word =
  | { readonly kind: "looking?"; readonly message: string; readonly room: string }
  | { readonly kind: "looking"; readonly message: string };

export interface Screen {
  /** May throw where the browser does not let pages do it. */
  show(message: Message, user: User, onOpen: () => void): Shown;
  /** Does somebody look at this page, with this conversation open? */
  isLooking(room: string): boolean;
  open(message: Message): void;
}

export interface Pages {
  say(word: unknown): void;
  onWord(hear: (word: unknown) => void): void;
  /** Runs when this page is the one that tells, until it goes. */
  lead(run: () => void): void;
}

interface Told {
  readonly room: string;
  readonly seq: number;
  readonly shown: Shown;
}

const ANSWER_MS = 150;
/** No more than this stands on the screen of one conversation: the newest. */
const SHOWN_MOST = 3;

export class Notifier {
  readonly #chat: Chat;
  readonly #clock: Clock;
  readonly #screen: Screen;
  readonly #pages: Pages;
  readonly #seen = new Set<string>();
  #shown: Told[] = [];
  #leads = false;
  #stopped = false;

  constructor(chat: Chat, clock: Clock, screen: Screen, pages: Pages) {
    this.#chat = chat;
    this.#clock = clock;
    this.#screen = screen;
    this.#pages = pages;
    pages.onWord((word) => {
      this.#hear(word as Word);
    });
    pages.lead(() => (this.#leads = true));
  }

  #hear(word: Word): void {
    if (word.kind === "looking") this.#seen.add(word.message);
    else if (!this.#stopped && this.#screen.isLooking(word.room))
      this.#pages.say({ kind: "looking", message: word.message } satisfies Word);
  }

  async onNews(message: Message, user: User): Promise<void> {
    if (!this.#leads || this.#stopped || !(await this.#concerns(message))) return;
    if (this.#screen.isLooking(message.room)) return;
    this.#pages.say({ kind: "looking?", message: message.id, room: message.room } satisfies Word);
    this.#clock.after(ANSWER_MS, () => {
      if (!this.#seen.delete(message.id)) this.#show(message, user);
    });
  }

  async #concerns(message: Message): Promise<boolean> {
    const entry = this.#chat.room(message.room)?.entry;
    if (!entry || this.#chat.client.blocked.has(message.author)) return false;
    const verdict = concern(entry, message, this.#chat.me);
    if (verdict !== "if-answer" || message.reply_to === undefined) return verdict === "yes";
    try {
      return (await this.#chat.authorOf(message.room, message.reply_to)) === this.#chat.me.id;
    } catch {
      return false;
    }
  }

  #show(message: Message, user: User): void {
    const read = this.#chat.room(message.room)?.entry.read.seq;
    if (this.#stopped || read === undefined || read >= message.seq) return;
    const { room, seq } = message;
    try {
      const shown = this.#screen.show(message, user, () => {
        shown.close();
        this.#screen.open(message);
      });
      this.#shown.push({ room, seq, shown });
    } catch {
      return; // A browser that shows them in another way only, or not any more.
    }
    const here = this.#shown.filter((s) => s.room === room);
    for (const old of here.slice(0, -SHOWN_MOST)) this.#close(old);
  }

  #close(one: Told): void {
    one.shown.close();
    this.#shown = this.#shown.filter((s) => s !== one);
  }

  /** The state has changed: what is read by now need not stand on the screen. */
  settle(): void {
    for (const one of this.#shown) {
      const read = this.#chat.room(one.room)?.entry.read.seq;
      if (read === undefined || read >= one.seq) this.#close(one);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const one of this.#shown) one.shown.close();
    this.#shown = [];
  }
}
