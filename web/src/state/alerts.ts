/* Notifications of the desktop: whether one wants them on this device, and what they show. Fetched apart from the first load,
 * and only by whoever turned them on or opens the settings. */
import iconUrl from "../assets/icon.svg";
import { plain } from "../markdown/parse";
import { placed, saidIn, speaker } from "../model/news";
import type { User } from "../protocol/generated";
import type { App } from "./app.svelte";
import type { Chat } from "./chat.svelte";
import { Desktop } from "./desktop";
import { Notifier, type Pages, type Screen } from "./notifier";
import { pathOf } from "./router.svelte";

const CHANNEL = "confab.alerts";

/** The pages of this browser that this account is signed in on. */
function pagesOf(me: User): Pages & { close: () => void } {
  const name = `${CHANNEL}.${me.id}`;
  const channel = new BroadcastChannel(name);
  const gone = new AbortController();
  let release = (): void => undefined;
  return {
    say: (word) => {
      channel.postMessage(word);
    },
    onWord: (hear) => {
      channel.onmessage = (e) => {
        hear(e.data);
      };
    },
    lead: (run) => {
      const held = new Promise<void>((resolve) => (release = resolve));
      navigator.locks
        .request(name, { signal: gone.signal }, () => {
          run();
          return held;
        })
        .catch(() => undefined);
    },
    close: () => {
      channel.close();
      gone.abort();
      release();
    },
  };
}

export class Alerts {
  /** Plain values: whoever shows them reads them anew after each deed. */
  on: boolean;
  hideText: boolean;
  permission: NotificationPermission | "missing";
  readonly #app: App;
  #chat: Chat | undefined;
  #end: () => void = () => undefined;

  constructor(app: App) {
    this.#app = app;
    const can = "Notification" in window && "BroadcastChannel" in window && "locks" in navigator;
    this.permission = can ? Notification.permission : "missing";
    this.on = app.notes.get("alerts") === "on" && this.permission === "granted";
    this.hideText = app.notes.get("alerts.text") === "hide";
  }

  /** Asks the browser; to be called from a press of a button and never by itself. */
  async turnOn(): Promise<void> {
    this.permission = await Notification.requestPermission();
    if (this.permission !== "granted") return;
    this.#app.notes.set("alerts", "on");
    this.on = true;
    if (this.#app.chat) this.startFor(this.#app.chat);
  }

  turnOff(): void {
    this.#app.notes.set("alerts", undefined);
    this.on = false;
    this.#end();
  }

  setHideText(hide: boolean): void {
    this.hideText = hide;
    this.#app.notes.set("alerts.text", hide ? "hide" : undefined);
  }

  /** For as long as this account is signed in. Twice is once. */
  startFor(chat: Chat): void {
    if (!this.on || this.#chat === chat) return;
    this.#end();
    this.#chat = chat;
    const pages = pagesOf(chat.me);
    const notifier = new Notifier(chat, this.#app.clock, this.#screen(chat), pages);
    chat.onNews = (news) => void notifier.onNews(news);
    chat.onChange = () => {
      notifier.settle();
    };
    this.#end = () => {
      notifier.stop();
      pages.close();
      chat.onNews = chat.onChange = () => undefined;
      this.#chat = undefined;
      this.#end = () => undefined;
    };
  }

  stop(): void {
    this.#end();
  }

  #screen(chat: Chat): Screen {
    const desktop = new Desktop({
      registration: async () => navigator.serviceWorker.getRegistration(),
      make: (title, options) => new Notification(title, options),
    });
    return {
      standing: async () => (await desktop.standing()).map((s) => ({ placed: s.placed, shown: s })),
      isLooking: (room) =>
        chat.openRoom === room && document.visibilityState === "visible" && document.hasFocus(),
      open: ({ room, seq, whisper }) => {
        window.focus();
        this.#app.overlays.clear();
        this.#app.router.line(room, seq, whisper);
      },
      show: (news, onOpen) => {
        const { t } = this.#app.i18n;
        const { id, room, text, seq: at, whisper } = saidIn(news);
        const entry = chat.room(room)?.entry;
        const where = entry && entry.room.kind !== "direct" ? ` · ${entry.room.name}` : "";
        const name = speaker(news).display_name;
        const who = news.type === "whisper" ? t("whisper.from", { name }) : name;
        const path = pathOf({
          name: "room",
          room,
          details: false,
          at,
          ...(whisper === undefined ? {} : { whisper }),
        });
        const said = this.hideText
          ? { title: t("app.name"), body: t("alerts.hidden") }
          : { title: `${who}${where}`, body: plain(text, 200) };
        const data = { path, placed: placed(news) };
        const options = { body: said.body, icon: iconUrl, tag: id, data };
        return desktop.show({ title: said.title, options }, onOpen);
      },
    };
  }
}
