/* Profiles and pictures between two people: what one tells of oneself and shows reaches the other's screen. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { png } from "../../tests/wire/harness/pictures";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";

const PICTURE = { name: "me.png", mimeType: "image/png", buffer: png(600, 400) };

let browser: Browser;
let server: Server;
let mara: Person, jonas: Person;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara")).signUp();
  jonas = await (await Person.at(browser, base, "jonas", { size: PHONE, dark: true })).signUp();
  expect(DESK.width).toBeGreaterThan(PHONE.width);
  await mara.talkTo("Jonas");
  await mara.say("Hello");
});
afterAll(async () => {
  expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  await browser.close();
  await server.stop();
});

/** Pictures that have come, of those that are to be seen. */
const shown = (who: Person, within: string) =>
  who.page.locator(`${within} img`).evaluateAll((all) => all.filter((i) => (i as HTMLImageElement).naturalWidth > 0).length);

test("a picture is cut by keyboard, sent, and seen by others at once", async () => {
  const { page } = mara;
  await jonas.page.getByRole("link", { name: /Mara/ }).waitFor();
  await mara.go("/settings");
  await page.locator('input[type="file"]').setInputFiles(PICTURE);
  const area = page.getByTestId("crop");
  await area.waitFor();
  await expect.poll(() => area.evaluate((e) => e === document.activeElement)).toBe(true);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => Number(await area.getAttribute("data-zoom"))).toBeGreaterThan(1.2);
  expect(await axe(page)).toEqual([]);
  await page.getByRole("button", { name: "Use this picture" }).click();
  await page.getByRole("button", { name: "Change the picture" }).waitFor();
  await expect.poll(() => shown(mara, "main")).toBe(1);
  await expect.poll(() => shown(jonas, "#conversation-list")).toBe(1);
});

test("what one tells of oneself stands on one's page, which opens from the conversation", async () => {
  const { page } = mara;
  await page.getByLabel("About you").fill("Gardens\nand mountains");
  await page.getByLabel("E-mail address").fill("mara@example.org");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved").waitFor();
  await page.getByLabel("What are you up to?").fill("On the lake");
  await page.getByLabel("Until when").selectOption("hour");
  await page.getByRole("button", { name: "Set the status" }).click();
  await page.getByRole("button", { name: "Clear the status" }).waitFor();
  await jonas.openConversation("Mara");
  await jonas.page.getByTestId("room-line").getByText("On the lake").waitFor();
  await jonas.page.getByRole("button", { name: "Details", exact: true }).first().click();
  await jonas.page.getByRole("link", { name: "Profile" }).click();
  await jonas.page.getByText("and mountains").waitFor();
  await expect.poll(() => shown(jonas, "main")).toBe(1);
  await expect.poll(() => jonas.page.getByText("mara@example.org").count()).toBe(0);
  await page.getByLabel("Everybody may see it").check();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Clear the status" }).click();
  await jonas.page.getByTestId("status").waitFor({ state: "detached" });
  await jonas.page.getByRole("link", { name: "mara@example.org" }).waitFor();
  await jonas.page.getByRole("button", { name: "Send a message" }).click();
  await jonas.composer.waitFor();
});

test("what is no picture is refused in words, and a picture can be taken away", async () => {
  const { page } = mara;
  await page.locator('input[type="file"]').setInputFiles({ name: "x.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await page.getByRole("alert").getByText("can’t be read").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.getByRole("button", { name: "Choose a picture" }).waitFor();
  await expect.poll(() => shown(jonas, "header")).toBe(0);
});

test("a room has a picture that its members see", async () => {
  const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", {
    kind: "group",
    name: "Garden",
    members: [(await jonas.api<{ id: string }>("GET", "/me")).id],
  });
  await mara.go(`/r/${room.id}`);
  await mara.page.getByRole("button", { name: "Details", exact: true }).first().click();
  await mara.page.getByRole("button", { name: "Change name and topic" }).click();
  await mara.page.locator('input[type="file"]').setInputFiles(PICTURE);
  await mara.page.getByRole("button", { name: "Use this picture" }).click();
  await mara.page.getByRole("dialog").getByRole("button", { name: "Change the picture" }).waitFor();
  await jonas.go(`/r/${room.id}`);
  await jonas.page.getByRole("log").getByText("changed the room’s picture").waitFor();
  await expect.poll(() => shown(jonas, "header")).toBe(1);
});

/** Where the parts of a conversation's line stand, in its list, from the side where the reader's language begins. */
const parts = (who: Person, room: string) =>
  who.page
    .getByRole("link", { name: room })
    .locator(".preview")
    .evaluate((line) => {
      const all = line.getBoundingClientRect();
      const rtl = getComputedStyle(line).direction === "rtl";
      return [...line.children].map((part) => {
        const { left, right } = part.getBoundingClientRect();
        const { direction } = getComputedStyle(part);
        return {
          text: part.textContent.replace(/[\u2068\u2069\u202e\u202c]/g, ""),
          direction,
          from: Math.round(rtl ? all.right - right : left - all.left),
          cut: part.scrollWidth > part.clientWidth,
          fits: left >= all.left - 1 && right <= all.right + 1,
        };
      });
    });

test("a line of the list runs as the reader's language does, and what was said in its own direction", async () => {
  const { id: hers } = await mara.api<{ id: string }>("GET", "/me");
  const make = (name: string) => jonas.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name, members: [hers] });
  const { room } = await make("Bazaar");
  const other = (await make("سوق الحي")).room;
  const say = (to: string, client_id: string, text: string, more: object = {}) =>
    jonas.api("POST", `/rooms/${to}/messages`, { client_id, text, ...more });
  const long = `السلام عليكم ${"غدا في السوق ".repeat(9)}`.trim();
  await say(other.id, "rug", "A rug");
  await mara.go("/");
  const title = mara.page.getByRole("link", { name: /سوق/ }).locator(".title");
  const begins = () =>
    title.evaluate((e) => e.querySelector("bdi")!.getBoundingClientRect().left - e.getBoundingClientRect().left);
  await expect.poll(begins).toBeLessThan(1);

  await jonas.api("PATCH", "/me", { display_name: "דוד" });
  const before = { text: "דוד: ", direction: "ltr", from: 0, cut: false, fits: true };
  await say(room.id, "watches", "Buy watches");
  await expect.poll(() => parts(mara, "Bazaar")).toMatchObject([before, { text: "Buy watches", direction: "ltr" }]);
  await say(room.id, "greeting", "שלום");
  await expect.poll(() => parts(mara, "Bazaar")).toMatchObject([before, { text: "שלום", direction: "rtl", cut: false }]);
  await say(room.id, "long", long);
  await expect
    .poll(() => parts(mara, "Bazaar"))
    .toMatchObject([before, { text: long.slice(0, 120).trim(), direction: "rtl", cut: true, fits: true }]);
  await say(room.id, "waves", "يلوح", { kind: "action" });
  await expect.poll(() => parts(mara, "Bazaar")).toMatchObject([{ ...before, text: "דוד " }, { text: "يلوح", direction: "rtl" }]);

  await mara.go("/?lang=ar-XB");
  await expect.poll(() => parts(mara, "Bazaar")).toMatchObject([{ ...before, direction: "rtl", text: "דוד " }, { direction: "rtl" }]);
  await say(room.id, "reader", "Buy *two* watches");
  await expect
    .poll(() => parts(mara, "Bazaar"))
    .toMatchObject([
      { ...before, direction: "rtl" },
      { text: "Buy two watches", direction: "ltr", cut: false },
    ]);
});
