/* The installed app: with the server gone the page opens all the same, with the conversations that were seen last; and when the
 * server is back, it is live again. Whoever signs out leaves nothing behind. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { launch, Person } from "./chromium";

let browser: Browser, server: Server, mara: Person, jonas: Person;

beforeAll(async () => {
  [browser, server] = [await launch(), await Server.start()];
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara", { worker: true })).signUp();
  jonas = await (await Person.at(browser, base, "jonas")).signUp();
  await mara.talkTo("Jonas");
  await mara.say("Meet me at the lake");
  await jonas.openConversation("Mara");
  await jonas.say("I am on my way");
  await mara.message("on my way").waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** A desktop of this page's browser, as far as a headless one has none: what stands there outlives the page. */
function stand(): void {
  const key = "test.standing";
  type One = { title: string; body?: string; tag?: string; data?: unknown };
  const all = (): One[] => JSON.parse(localStorage.getItem(key) ?? "[]") as One[];
  const keep = (left: One[]): void => localStorage.setItem(key, JSON.stringify(left));
  Object.defineProperty(Notification, "permission", { get: () => "granted" });
  Notification.requestPermission = () => Promise.resolve("granted");
  ServiceWorkerRegistration.prototype.showNotification = (title, options) => {
    keep([...all().filter((n) => n.tag !== options?.tag), { title, ...options }]);
    return Promise.resolve();
  };
  ServiceWorkerRegistration.prototype.getNotifications = (of) => {
    const found = all().filter((n) => of?.tag === undefined || n.tag === of.tag);
    const close = (tag?: string) => () => keep(all().filter((n) => n.tag !== tag));
    return Promise.resolve(found.map((n) => ({ ...n, close: close(n.tag) }) as unknown as Notification));
  };
}

/** What this device keeps of the conversations, as text. */
const keeps = (): Promise<string> =>
  mara.page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const open = indexedDB.open("confab-kept");
        open.onsuccess = () => {
          const all = open.result.transaction("records").objectStore("records").getAll();
          all.onsuccess = () => {
            open.result.close();
            resolve(JSON.stringify(all.result));
          };
        };
      }),
  );

test("without the server the page opens with what was seen last, and is live when the server is back", async () => {
  await mara.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await mara.page.reload(); // from here on the worker answers for the page
  await mara.message("on my way").waitFor();
  await expect.poll(() => mara.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await expect.poll(keeps).toContain("on my way");
  await server.kill();

  await mara.page.reload();
  await mara.page.getByText("Not connected. This is how it stood on").waitFor();
  await mara.message("Meet me at the lake").waitFor();
  await mara.message("on my way").waitFor();
  expect(await axe(mara.page)).toEqual([]);
  await mara.say("Written without a network");
  await mara.page.getByText("Waiting to be sent").first().waitFor({ state: "attached" });

  await server.restart();
  await jonas.message("Written without a network").waitFor();
  await mara.page.getByText("Not connected").waitFor({ state: "detached" });
  await jonas.say("There you are");
  await mara.message("There you are").waitFor();
});

test("the API is never answered from what is kept", async () => {
  const cached = await mara.page.evaluate(async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
    return all.flat().map((request) => new URL(request.url).pathname);
  });
  expect(cached).toContain("/");
  expect(cached.filter((path) => path.startsWith("/api"))).toEqual([]);
  const manifest = await mara.page.evaluate(async () => (await fetch("/manifest.webmanifest")).json() as Promise<{ icons: { src: string; type: string }[] }>);
  for (const icon of manifest.icons) {
    const type = await mara.page.evaluate(async (src) => (await fetch(src)).headers.get("content-type"), icon.src);
    expect(type).toBe(icon.type);
  }
});

test("notifications are shown by the worker, lead to their message, and go where it is read elsewhere", async () => {
  await mara.context.addInitScript(stand);
  await mara.go("/settings");
  await mara.page.getByRole("button", { name: "Turn on" }).click();
  await mara.page.getByText("They are on").waitFor();
  const standing = () => mara.page.evaluate(async () => (await navigator.serviceWorker.ready).getNotifications());
  const shown = async (): Promise<string[]> => (await standing()).map((n) => `${n.title}: ${n.body}`);
  await jonas.say("Bring the red boat");
  await expect.poll(shown).toEqual(["Jonas: Bring the red boat"]);
  const { data } = (await standing())[0]!;
  await mara.context.serviceWorkers()[0]!.evaluate((data) => {
    const notification = { data: data as unknown, close: () => undefined };
    self.dispatchEvent(Object.assign(new Event("notificationclick"), { notification, waitUntil: () => undefined }));
  }, data as { path: string });
  await mara.message("Bring the red boat").waitFor();
  await expect.poll(() => new URL(mara.page.url()).pathname).toMatch(/^\/r\/\w+\/\d+$/);
  await expect.poll(shown).toEqual([]);

  // Closed with its page, it goes when the next one finds it read.
  await mara.go("/settings");
  await mara.page.getByText("They are on").waitFor();
  await jonas.say("And the oars");
  await expect.poll(shown).toEqual(["Jonas: And the oars"]);
  await mara.go("/settings");
  await mara.page.getByText("They are on").waitFor();
  const { items } = await mara.api<{ items: { room: { id: string; head: number } }[] }>("GET", "/rooms");
  for (const { room } of items) await mara.api("PUT", `/rooms/${room.id}/read`, { seq: room.head });
  await expect.poll(shown).toEqual([]);
});

test("whoever signs out leaves nothing that anybody could read", async () => {
  await mara.go("/settings");
  await mara.page.getByRole("button", { name: "Sign out" }).click();
  await mara.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(await keeps()).toBe("[]");
  await server.kill();
  await mara.go("/");
  await mara.page.getByText("The server can’t be reached").waitFor();
  await expect.poll(() => mara.page.getByText("at the lake").count()).toBe(0);
});
