/* Puts the client together. main.ts gives the real network and browser; tests and the mock give others. */
import { mount } from "svelte";
import AppRoot from "./features/AppRoot.svelte";
import { I18n } from "./i18n/i18n";
import { indexedDrawer } from "./local/keep";
import { localNotes } from "./local/notes";
import type { Kept } from "./model/kept";
import type { OutboxItem } from "./model/outbox";
import { systemClock } from "./net/clock";
import type { Transport } from "./net/transport";
import { Api, type Fetch } from "./protocol/api";
import { App } from "./state/app.svelte";
import { Router } from "./state/router.svelte";
import { Speech } from "./state/speech.svelte";
import { Theme } from "./state/theme.svelte";
import "./styles/tokens.css";
import "./styles/base.css";

/** At the next drawing; a hidden page draws nothing, but must go on. */
function schedule(run: () => void): void {
  if (document.visibilityState === "hidden") setTimeout(run, 50);
  else requestAnimationFrame(run);
}

function indexedDb(): IDBFactory | undefined {
  try {
    return window.indexedDB;
  } catch {
    return undefined;
  }
}

export function startApp(fetch: Fetch, transports: readonly Transport[]): App {
  const notes = localNotes(() => window.localStorage);
  const speech = new Speech(document.documentElement, notes, () => navigator.languages);
  const app = new App({
    api: new Api(fetch),
    clock: systemClock,
    transports,
    drawer: indexedDrawer<OutboxItem>(indexedDb(), "confab"),
    kept: indexedDrawer<Kept>(indexedDb(), "confab-kept"),
    notes,
    tab: localNotes(() => window.sessionStorage),
    router: new Router(window),
    theme: new Theme(document.documentElement, notes),
    speech,
    i18n: new I18n(
      () => speech.voice,
      () => Date.now(),
    ),
    schedule,
    newId: () =>
      [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""),
  });
  app.online = navigator.onLine;
  window.addEventListener("pagehide", () => {
    app.saveKept();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") app.saveKept();
  });
  window.addEventListener("languagechange", () => void speech.speak());
  // Another page of this device chose a language.
  window.addEventListener("storage", (e) => {
    if (e.key === "confab.language") void speech.speak();
  });
  const once = new URLSearchParams(location.search).get("lang") ?? undefined;
  void speech.speak(once).then(() => mount(AppRoot, { target: document.body, props: { app } }));
  void app.start();
  return app;
}
