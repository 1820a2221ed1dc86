/* The service worker: events of the browser to `ShellKeeper` and `leadTo`. The build puts the list of files into the place of the text. */
import { leadTo, type OpenPages } from "./leading";
import { ShellKeeper, type Shell } from "./shell";

interface Waiting extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Pressed extends Waiting {
  readonly notification: Notification;
}
interface Worker extends EventTarget {
  readonly location: Location;
  readonly caches: CacheStorage;
  readonly clients: OpenPages & { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}

const worker = self as unknown as Worker;
const shell = JSON.parse("__SHELL__") as Shell;
const keeper = new ShellKeeper(shell, worker.caches, (path, init) => fetch(path, init));

worker.addEventListener("install", (e) => {
  (e as Waiting).waitUntil(keeper.install());
});
worker.addEventListener("activate", (e) => {
  (e as Waiting).waitUntil(keeper.activate().then(() => worker.clients.claim()));
});
worker.addEventListener("message", (e) => {
  if ((e as MessageEvent).data === "take over") void worker.skipWaiting();
});
worker.addEventListener("notificationclick", (e) => {
  const { notification } = e as Pressed;
  notification.close();
  const path = (notification.data as { path?: string } | null)?.path ?? "/";
  (e as Pressed).waitUntil(leadTo(path, worker.clients));
});
worker.addEventListener("fetch", (e) => {
  const { request } = e as Fetching;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  const answer = keeper.answer(request, url);
  if (answer) (e as Fetching).respondWith(answer);
});
