import type { App } from "../state/app.svelte";
import { Emojis } from "../state/emojis.svelte";

/** Those of the whole client, made when somebody first wants one: they are no part of the first load. */
export function emojisOf(app: App): Emojis {
  app.emojis ??= new Emojis(app.notes, () => app.i18n.language);
  return app.emojis;
}
