import { startApp } from "./app";
import { pollTransport } from "./net/poll";
import { sseTransport } from "./net/sse";
import { webSocketTransport } from "./net/websocket";
import { parseRoute } from "./state/router.svelte";

const base = "/api/v1";
const fetch = (input: string, init?: RequestInit): Promise<Response> => window.fetch(input, init);
const socket = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/socket`;

const app = startApp(fetch, [
  webSocketTransport(socket),
  sseTransport(fetch, `${base}/events`),
  pollTransport(fetch, `${base}/poll`),
]);

if (import.meta.env.PROD && "serviceWorker" in navigator) {
  const container = navigator.serviceWorker;
  window.addEventListener("load", () => {
    void import("./local/install").then(({ install }) => {
      install(
        container,
        () => {
          location.reload();
        },
        (update) => (app.update = update),
        (path) => {
          app.overlays.clear();
          app.router.go(parseRoute(path, null));
        },
      );
    });
  });
}
