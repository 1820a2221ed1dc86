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

test("a name written from right to left stands before what was said, whichever way that runs", async () => {
  const { id: hers } = await mara.api<{ id: string }>("GET", "/me");
  const { room } = await jonas.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Bazaar", members: [hers] });
  await jonas.api("PATCH", "/me", { display_name: "דוד" });
  const say = (client_id: string, text: string) => jonas.api("POST", `/rooms/${room.id}/messages`, { client_id, text });
  await mara.go("/");
  const line = mara.page.getByRole("link", { name: /Bazaar/ }).locator(".preview");
  const direction = () => line.evaluate((e) => [e.textContent.replace(/[\u2068\u2069]/g, ""), getComputedStyle(e).direction]);
  await say("watches", "Buy watches");
  await expect.poll(direction).toEqual(["דוד: Buy watches", "ltr"]);
  await say("greeting", "שלום");
  await expect.poll(direction).toEqual(["דוד: שלום", "rtl"]);
});
