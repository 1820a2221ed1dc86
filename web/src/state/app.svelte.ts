/* The whole client in one object, made in main.ts and handed down by context. */
import type { I18n } from "../i18n/i18n";
import type { Drawer } from "../local/keep";
import type { Notes } from "../local/notes";
import type { OutboxItem } from "../model/outbox";
import type { Clock } from "../net/clock";
import type { Transport } from "../net/transport";
import type { Api } from "../protocol/api";
import type { Server, SignedIn, User } from "../protocol/generated";
import { codeOf, retryAfterOf } from "../protocol/problem";
import type { Alerts } from "./alerts";
import { Chat } from "./chat.svelte";
import type { Emojis } from "./emojis.svelte";
import { Finder } from "./finder.svelte";
import { Overlays } from "./overlays.svelte";
import { parseRoute, pathOf, type Router } from "./router.svelte";
import type { Speech } from "./speech.svelte";
import type { Theme } from "./theme.svelte";
import { Toasts } from "./toasts.svelte";

import type { Keeping } from "./keeping";
import type { Update } from "../local/install";
import type { Kept } from "../model/kept";

export interface AppParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly transports: readonly Transport[];
  readonly drawer: Drawer<OutboxItem>;
  /** What is kept of the conversations; another drawer than the messages on their way. */
  readonly kept: Drawer<Kept>;
  readonly notes: Notes;
  readonly tab: Notes;
  readonly router: Router;
  readonly theme: Theme;
  readonly speech: Speech;
  readonly i18n: I18n;
  readonly schedule: (run: () => void) => void;
  readonly newId: () => string;
}

const RETRY_MS = 3_000;

export class App {
  readonly api: Api;
  readonly i18n: I18n;
  readonly router: Router;
  readonly theme: Theme;
  readonly speech: Speech;
  readonly overlays: Overlays;
  readonly finder = new Finder();
  readonly toasts: Toasts;
  emojis: Emojis | undefined;
  readonly notes: Notes;
  readonly clock: Clock;
  status = $state<"starting" | "unreachable" | "signed-out" | "signed-in">("starting");
  chat = $state.raw<Chat | undefined>();
  server = $state.raw<Server | undefined>();
  /** The session ended by itself, not by signing out here. */
  ended = $state(false);
  online = $state(true);
  /** The invite link that was followed here, whether one may sign up by it and whether it leads on to a room, and whether one
   * has said yes to it: by signing in or up. */
  invited = $state.raw<
    | {
        readonly token: string;
        readonly signUp: boolean;
        readonly toRoom: boolean;
        readonly agreed?: boolean;
      }
    | undefined
  >();
  /** A newer version of the client waits. */
  update = $state.raw<Update | undefined>();
  readonly #parts: AppParts;
  #alerts: Promise<Alerts> | undefined;
  #keeping: Promise<Keeping> | undefined;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.api = parts.api;
    this.i18n = parts.i18n;
    this.router = parts.router;
    this.overlays = new Overlays(parts.router);
    this.theme = parts.theme;
    this.speech = parts.speech;
    this.clock = parts.clock;
    this.notes = parts.notes;
    this.toasts = new Toasts(parts.clock);
    this.notes = parts.notes;
    parts.api.onSignedOut = () => {
      if (this.status === "signed-in") this.#leave(true);
    };
  }

  async start(): Promise<void> {
    try {
      this.enter(await this.api.session());
    } catch (error) {
      if (codeOf(error) === "signed_out") {
        await this.#forget();
        await this.#toSignIn(true);
        return;
      }
      if (await this.#enterKept()) return;
      this.status = "unreachable";
      this.clock.after(RETRY_MS, () => void this.start());
    }
  }

  /** What was seen last, while the server can't be reached. */
  async #enterKept(): Promise<boolean> {
    try {
      const found = await (await this.#loadKeeping()).find();
      if (!found) return false;
      this.#enter(found.state.me).showKept(found);
      return true;
    } catch {
      return false;
    }
  }

  #loadKeeping(): Promise<Keeping> {
    this.#keeping ??= import("./keeping").then(
      ({ Keeping }) => new Keeping(this.#parts.kept, this.clock),
      (error: unknown) => {
        this.#keeping = undefined;
        throw error;
      },
    );
    return this.#keeping;
  }

  /** The page may go away. */
  saveKept(): void {
    void this.#keeping?.then((keeping) => keeping.save());
  }

  /** Nothing that anybody wrote stays on the device. */
  async #forget(): Promise<void> {
    await this.#loadKeeping().then(
      (keeping) => keeping.forget(),
      () => undefined,
    );
  }

  enter(signed: SignedIn): void {
    this.#enter(signed.user);
  }

  #enter(user: User): Chat {
    this.ended = false;
    this.chat?.stop();
    const { router, kept, ...parts } = this.#parts;
    const chat = new Chat(
      {
        ...parts,
        onSignedOut: () => {
          this.#leave(true);
        },
        onStranger: () => {
          this.#stranger();
        },
      },
      user,
    );
    this.chat = chat;
    this.status = "signed-in";
    void chat.start();
    void this.#loadKeeping().then(
      (keeping) => (this.chat === chat ? keeping.start(chat) : undefined),
      () => undefined,
    );
    this.learnServer();
    if (this.notes.get("alerts") === "on") void this.loadAlerts().catch(() => undefined);
    const { route } = router;
    if (route.name !== "signin" && route.name !== "signup") return chat;
    if (this.invited?.toRoom) {
      this.invited = { ...this.invited, agreed: true };
      router.go({ name: "join" }, true);
    } else {
      this.invited = undefined;
      router.go(parseRoute(route.to ?? "/", null), true);
    }
    return chat;
  }

  /** Another account has signed in on this browser meanwhile. */
  #stranger(): void {
    this.chat?.stop();
    this.chat = undefined;
    this.overlays.clear();
    this.status = "starting";
    void this.#forget().then(() => this.start());
  }

  /** Notifications of the desktop; most people never turn them on. */
  loadAlerts(): Promise<Alerts> {
    this.#alerts ??= import("./alerts").then(
      ({ Alerts }) => new Alerts(this),
      (error: unknown) => {
        this.#alerts = undefined;
        throw error;
      },
    );
    return this.#alerts.then((alerts) => {
      if (this.chat) alerts.startFor(this.chat);
      return alerts;
    });
  }

  /** What holds for everybody: the longest message, the server's name. Without it, the defaults do. */
  learnServer(): void {
    this.api.server().then(
      (server) => (this.server = server),
      () => undefined,
    );
  }

  async signOut(): Promise<void> {
    await this.api.signOut();
    await this.chat?.sending.discardAll();
    this.chat?.drafts.forget();
    this.chat?.asides.forget();
    await this.#forget();
    this.#leave(false);
  }

  #leave(ended: boolean): void {
    this.chat?.stop();
    if (ended) void this.#forget();
    void this.#alerts?.then((alerts) => {
      alerts.stop();
    });
    this.chat = undefined;
    this.#parts.tab.set("passing", undefined);
    this.overlays.clear();
    this.finder.close();
    this.ended = ended;
    void this.#toSignIn(ended);
  }

  /** One comes back to where one was, unless one has left by oneself. */
  async #toSignIn(back: boolean): Promise<void> {
    this.server = await this.api.server().catch(() => undefined);
    this.status = "signed-out";
    const fresh = this.server?.fresh === true;
    const { route } = this.router;
    if (["signin", "signup", "join", "reset"].includes(route.name)) return;
    const name = fresh ? "signup" : "signin";
    this.router.go(back ? { name, to: pathOf(route) } : { name }, true);
  }

  /** The words for a failure. */
  explain(error: unknown): string {
    return this.i18n.failure(codeOf(error), retryAfterOf(error));
  }

  /** Do something that may fail, and say so if it does. */
  async attempt(deed: () => Promise<unknown>): Promise<boolean> {
    try {
      await deed();
      return true;
    } catch (error) {
      this.toasts.say(this.explain(error), "bad");
      return false;
    }
  }
}
