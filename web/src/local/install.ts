/* Registers the service worker, tells when a newer version of the client waits to be shown, and where a press on a notification
 * leads. */
export interface Update {
  /** Shows the new version: the page is loaded anew. */
  readonly take: () => void;
}

export function install(
  container: ServiceWorkerContainer,
  reload: () => void,
  onUpdate: (update: Update) => void,
  onOpen: (path: string) => void,
): void {
  container.addEventListener("message", (e) => {
    const { open } = (e as MessageEvent<{ open?: string } | undefined>).data ?? {};
    if (open !== undefined) onOpen(open);
  });
  let taking = false;
  container.addEventListener("controllerchange", () => {
    if (taking) reload();
  });
  const offer = (waiting: ServiceWorker): void => {
    onUpdate({
      take: () => {
        taking = true;
        waiting.postMessage("take over");
      },
    });
  };
  container
    .register("/sw.js", { updateViaCache: "none" })
    .then((registration) => {
      // The very first one takes over by itself: there is nothing newer to show. WebKit may tell that it is installed when it has
      // the page already, so who has the page says nothing of that.
      const watch = (): void => {
        const fresh = registration.installing;
        fresh?.addEventListener("statechange", () => {
          if (fresh.state === "installed" && registration.active && registration.active !== fresh)
            offer(fresh);
        });
      };
      if (registration.waiting && container.controller) offer(registration.waiting);
      registration.addEventListener("updatefound", watch);
      watch();
      const look = (): void => {
        if (document.visibilityState === "visible") registration.update().catch(() => undefined);
      };
      document.addEventListener("visibilitychange", look);
      setInterval(look, 30 * 60_000);
    })
    .catch(() => undefined); // Not allowed here: the page works as before, with a network.
}
