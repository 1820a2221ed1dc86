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
