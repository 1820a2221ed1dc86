/* The main story in Firefox and in WebKit: sign up, find each other, talk live with somebody in Chromium. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { launch, Person } from "./chromium";
import { arrived, firefox, named, webkit, type Driver } from "./engines";

let browser: Browser, server: Server;
beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

for (const [engine, start] of [
  ["Firefox", firefox],
  ["WebKit", webkit],
] as const) {
  test(`the main story in ${engine}`, async () => {
    const base = `http://${server.host}`;
    const me = engine.toLowerCase();
    const mara = await (await Person.at(browser, base, `mara.${me}`)).signUp();
    const d: Driver = await start();
    try {
      await d.open(`${base}/signup`);
      await d.type(await named(d, "input", "Name"), me);
      await d.type(await named(d, "input", "Password"), "a good long password");
      await d.click(await named(d, "button", "Create account"));
      await d.type(await named(d, "input", "Search people and rooms"), `mara.${me}`);
      await d.click(await named(d, "button", mara.shown));
      const composer = await named(d, "textarea", `Message to ${mara.shown}`);
      await d.type(composer, `Hello from ${engine}`);
      await d.click(await named(d, "button", "Send"));
      await arrived(d, `Hello from ${engine}`);
      await mara.openConversation(engine.toLowerCase());
      await mara.message(`Hello from ${engine}`).waitFor();
      await mara.say("Hello from **Chromium**");
      await arrived(d, "Hello from Chromium");
      expect(await d.run("return document.querySelectorAll('article strong').length")).toBe(1);
      expect(await d.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(true);
    } finally {
      await d.close();
      await mara.context.close();
    }
  });
}
