/* Tells of messages outside the page, once for all pages of this browser.
 *
 * Every page hears of every message. The one that holds the lock tells; before it does, it asks the others whether somebody
 * looks at that conversation in one of them, and waits a moment for an answer. So nothing has to be kept in step between pages
 * that come, go and sleep. What is read meanwhile, here or on another device, is taken back. */
import { concern, isRead, placed, saidIn, type News, type Placed, type Said } from "../model/news";
import type { Clock } from "../net/clock";
import type { Shown } from "./desktop";
import type { Chat } from "./chat.svelte";

/** What a page of this browser says to the others. */
type Word =
  | { readonly kind: "looking?"; readonly news: string; readonly room: string }
  | { readonly kind: "looking"; readonly news: string };

export interface Screen {
  show(news: News, onOpen: () => void): Shown;
  /** What pages of this browser that are gone have left on the screen. */
  standing(): Promise<readonly Told[]>;
  /** Does somebody look at this page, with this conversation open? */
  isLooking(room: string): boolean;
  open(said: Said): void;
}

export interface Pages {
  say(word: unknown): void;
  onWord(hear: (word: unknown) => void): void;
  /** Runs when this page is the one that tells, until it goes. */
  lead(run: () => void): void;
}

export interface Told {
  readonly placed: Placed;
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
    pages.lead(() => {
      this.#leads = true;
      screen.standing().then(
        (told) => {
          this.#shown = [...told, ...this.#shown];
          this.settle();
        },
        () => undefined,
      );
    });
  }

  #hear(word: Word): void {
    if (word.kind === "looking") this.#seen.add(word.news);
    else if (!this.#stopped && this.#screen.isLooking(word.room))
      this.#pages.say({ kind: "looking", news: word.news } satisfies Word);
  }

  async onNews(news: News): Promise<void> {
    if (!this.#leads || this.#stopped || !(await this.#concerns(news))) return;
    const { id, room } = saidIn(news);
    if (this.#screen.isLooking(room)) return;
    this.#pages.say({ kind: "looking?", news: id, room } satisfies Word);
    this.#clock.after(ANSWER_MS, () => {
      if (!this.#seen.delete(id)) this.#show(news);
    });
  }

  async #concerns(news: News): Promise<boolean> {
    const entry = this.#chat.room(news.room)?.entry;
    if (!entry || this.#chat.isBlocked(saidIn(news).author)) return false;
    const verdict = concern(entry, news, this.#chat.me);
    const answered = news.type === "message" ? news.message.reply_to : undefined;
    if (verdict !== "if-answer" || answered === undefined) return verdict === "yes";
    try {
      return (await this.#chat.authorOf(news.room, answered)) === this.#chat.me.id;
    } catch {
      return false;
    }
  }

  /** Read, or in a room that one is not in any more. */
  #isOver(one: Placed): boolean {
    const entry = this.#chat.room(one.room)?.entry;
    return this.#chat.loaded && (!entry || isRead(entry, one));
  }

  #show(news: News): void {
    const at = placed(news);
    if (this.#stopped || this.#isOver(at)) return;
    const shown = this.#screen.show(news, () => {
      shown.close();
      this.#screen.open(saidIn(news));
    });
    this.#shown.push({ placed: at, shown });
    const here = this.#shown.filter((s) => s.placed.room === at.room);
    for (const old of here.slice(0, -SHOWN_MOST)) this.#close(old);
  }

  #close(one: Told): void {
    one.shown.close();
    this.#shown = this.#shown.filter((s) => s !== one);
  }

  /** The state has changed: what is read by now need not stand on the screen. */
  settle(): void {
    for (const one of this.#shown) if (this.#isOver(one.placed)) this.#close(one);
  }

  stop(): void {
    this.#stopped = true;
    for (const one of this.#shown) one.shown.close();
    this.#shown = [];
  }
}
