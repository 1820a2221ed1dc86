import type { User } from "../protocol/generated";
import type { App } from "../state/app.svelte";
import type { Chat } from "../state/chat.svelte";

/** Blocks somebody after asking, or lets them in again at once. `replace`: in the place of the menu that it was chosen from. */
export function blockOrNot(app: App, chat: Chat, user: User, replace = false): void {
  const { t } = app.i18n;
  if (chat.isBlocked(user.id)) {
    if (replace) app.overlays.close();
    void app.attempt(() => chat.block(user.id, false));
    return;
  }
  const ask = {
    kind: "confirm",
    title: t("block.confirm", { name: user.display_name }),
    text: t("block.confirmText"),
    action: t("block.on"),
    danger: true,
    run: async () => {
      await app.attempt(() => chat.block(user.id, true));
    },
  } as const;
  if (replace) app.overlays.replace(ask);
  else app.overlays.open(ask);
}
