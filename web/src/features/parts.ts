/* The parts of the client that are not in the first load: a file each, fetched when first needed, or before that in a
 * quiet moment, so that they open at once and also without a network. */
import type { Component } from "svelte";

/** What opens it decides its properties; `Overlay` and `Route` carry them. */
export type Load = () => Promise<{ default: Component<Record<string, unknown>> }>;

function part<P extends object>(load: () => Promise<{ default: Component<P> }>): Load {
  return load as unknown as Load;
}

export const panes = {
  details: part(() => import("./DetailsPane.svelte")),
  settings: part(() => import("./Settings.svelte")),
  passing: part(() => import("./PassingPane.svelte")),
  person: part(() => import("./PersonPane.svelte")),
  mentions: part(() => import("./MentionsPane.svelte")),
  starred: part(() => import("./StarredPane.svelte")),
};

/** Stands in the list of conversations. */
export const passingItems = part(() => import("./PassingItems.svelte"));
/** In its place, what is found. */
export const results = part(() => import("./SearchResults.svelte"));

/** Stands at what has not gone. */
export const unsent = part(() => import("./Unsent.svelte"));

/** Stands at the gear and in the settings, for administrators. */
export const waiting = part(() => import("./site/Waiting.svelte"));

/** These few need, and nobody beforehand. */
export const apart = {
  sign: part(() => import("./SignScreen.svelte")),
  admin: part(() => import("./site/AdminPane.svelte")),
  link: part(() => import("./site/LinkPage.svelte")),
};

export const dialogs = {
  // First: what is opened most often is fetched first.
  "message-menu": part(() => import("./overlays/MessageMenu.svelte")),
  "new-conversation": part(() => import("./overlays/NewConversation.svelte")),
  "new-room": part(() => import("./overlays/NewRoom.svelte")),
  directory: part(() => import("./overlays/Directory.svelte")),
  "add-members": part(() => import("./overlays/AddMembers.svelte")),
  "edit-room": part(() => import("./overlays/EditRoom.svelte")),
  "member-menu": part(() => import("./overlays/MemberMenu.svelte")),
  reactions: part(() => import("./overlays/Reacted.svelte")),
  history: part(() => import("./overlays/History.svelte")),
  "room-menu": part(() => import("./overlays/RoomMenu.svelte")),
  keys: part(() => import("./site/KeysDialog.svelte")),
  notify: part(() => import("./overlays/Notify.svelte")),
  pins: part(() => import("./overlays/Pins.svelte")),
  invites: part(() => import("./site/InvitesDialog.svelte")),
  "remove-message": part(() => import("./site/RemoveDialog.svelte")),
  report: part(() => import("./site/ReportDialog.svelte")),
  crop: part(() => import("./overlays/Crop.svelte")),
  emoji: part(() => import("./overlays/EmojiPicker.svelte")),
};

/** One after the other, so that nothing that a person waits for stands behind them. */
export async function fetchParts(): Promise<void> {
  for (const load of [unsent, results, ...Object.values(dialogs), ...Object.values(panes)]) {
    try {
      await load();
    } catch {
      return; // Without a network: each says so when it is needed.
    }
  }
}
