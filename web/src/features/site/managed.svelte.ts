/* One account or one room on its page: fetched, changed by its form, changed by deeds that ask first. */
import type { App } from "../../state/app.svelte";
import { attempt, type Site } from "./site";

export class Managed<T> {
  now = $state.raw<T | undefined>();
  /** Why it can't be shown. */
  missing = $state.raw<unknown>();
  /** Why the form was refused. */
  failed = $state.raw<unknown>();
  busy = $state(false);
  readonly #app: App;
  readonly #site: Site;
  readonly #fetch: () => Promise<T>;
  readonly #shown: (now: T) => void;

  /** `shown`: what it is, into the fields of the form. */
  constructor(app: App, site: Site, fetch: () => Promise<T>, shown: (now: T) => void) {
    this.#app = app;
    this.#site = site;
    this.#fetch = fetch;
    this.#shown = shown;
  }

  #show(now: T): void {
    this.now = now;
    this.#shown(now);
  }

  async load(): Promise<void> {
    try {
      this.#show(await this.#fetch());
      this.missing = undefined;
    } catch (error) {
      this.missing = error;
    }
  }

  async save(e: SubmitEvent, deed: () => Promise<T>): Promise<void> {
    e.preventDefault();
    this.busy = true;
    this.failed = undefined;
    try {
      this.#show(await deed());
      this.#app.toasts.say(this.#app.i18n.t("settings.saved"));
    } catch (error) {
      this.failed = error;
    }
    this.busy = false;
  }

  /** At once; what came of it is shown. */
  async act(deed: () => Promise<unknown>): Promise<void> {
    await attempt(this.#app, this.#site, deed);
    await this.load();
  }

  /** Says what will happen, and asks. */
  confirm(ask: { title: string; text: string; action: string }, deed: () => Promise<unknown>): void {
    this.#app.overlays.open({ kind: "confirm", ...ask, danger: true, run: () => this.act(deed) });
  }
}
