/* A press on a notification that the service worker shows: in the page that is there already, or in a new one. */

/** What of the browser's pages it needs; tests give others. */
export interface OpenPage {
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(word: { readonly open: string }): void;
}
export interface OpenPages {
  matchAll(of: { type: "window"; includeUncontrolled: true }): Promise<readonly OpenPage[]>;
  openWindow(path: string): Promise<unknown>;
}

export async function leadTo(path: string, pages: OpenPages): Promise<void> {
  const open = await pages.matchAll({ type: "window", includeUncontrolled: true });
  // The one that can be seen; the browser names the one that was looked at last first.
  const page = open.find((p) => p.visibilityState === "visible") ?? open[0];
  if (!page) {
    await pages.openWindow(path);
    return;
  }
  page.postMessage({ open: path });
  // Where the browser does not let it come to the front, the conversation is open in it all the same.
  await page.focus().catch(() => undefined);
}
