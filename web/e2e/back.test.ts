/* The browser's "back": what lies over the page goes first, and nothing of it outlives the page it was opened on. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { launch, Person, PHONE } from "./chromium";

let browser: Browser, server: Server, desk: Person, phone: Person;

beforeAll(async () => {
  [browser, server] = [await launch(), await Server.start()];
  const base = `http://${server.host}`;
  desk = await (await Person.at(browser, base, "mara")).signUp();
  await desk.api("POST", "/rooms", { kind: "group", name: "Attic" });
  await desk.api("POST", "/rooms", { kind: "group", name: "Cellar" });
  phone = await Person.at(browser, base, "mara", { size: PHONE });
  await phone.signIn();
});
afterAll(async () => {
  expect([...desk.complaints, ...phone.complaints]).toEqual([]);
  await browser.close();
  await server.stop();
});

const path = (who: Person): Promise<string> => who.page.evaluate(() => location.pathname);
const dialogs = (who: Person) => expect.poll(() => who.page.getByRole("dialog").count());

test("on a phone it closes a message's sheet, and leaves the room only then", async () => {
  const { page } = phone;
  await phone.openConversation("Attic");
  const room = await path(phone);
  await phone.say("Mind the step");
  const row = phone.kept("Mind the step");
  await row.waitFor();
  await row.focus();
  await row.press("Enter");
  await page.getByRole("menuitem", { name: "Pin" }).waitFor();
  await page.goBack();
  await dialogs(phone).toBe(0);
  await expect.poll(() => path(phone)).toBe(room);
  await phone.composer.waitFor();
  await page.goBack();
  await expect.poll(() => path(phone)).toBe("/");
  await page.getByRole("heading", { name: "Conversations" }).waitFor();
});

test("closed otherwise, a dialog leaves no step behind; what it leads to is one step", async () => {
  const { page } = desk;
  const back = () => page.evaluate(() => history.length);
  await desk.openConversation("Attic");
  const attic = await path(desk);
  await desk.openConversation("Cellar");
  const cellar = await path(desk);
  await page.getByRole("button", { name: "New conversation" }).first().click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await dialogs(desk).toBe(0);
  await expect.poll(() => page.evaluate(() => JSON.stringify(history.state))).not.toContain("over");
  const before = await back();
  await page.getByRole("button", { name: "New conversation" }).first().click();
  await page.getByRole("button", { name: "Make a room for several" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Garden");
  await page.getByRole("button", { name: "Make the room" }).click();
  await page.getByText("This is where Garden begins").waitFor();
  const garden = await path(desk);
  expect(await back()).toBe(before);
  await page.goBack();
  await expect.poll(() => path(desk)).toBe(cellar);
  await page.goBack();
  await expect.poll(() => path(desk)).toBe(attic);
  await page.goForward();
  await page.goForward();
  await expect.poll(() => path(desk)).toBe(garden);
});

test("what lies over something that lies over the page goes by itself, and a pane after both", async () => {
  const { page } = desk;
  await desk.openConversation("Attic");
  const attic = await path(desk);
  await page.getByRole("button", { name: "Details", exact: true }).first().click();
  await page.getByRole("button", { name: "Leave", exact: false }).first().click();
  await page.getByRole("alertdialog").waitFor();
  await page.goBack();
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  const invite = page.getByRole("button", { name: "Invite by link" });
  await invite.click();
  await page.getByRole("dialog").waitFor();
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByRole("button", { name: "Revoke" }).first().click();
  await page.getByRole("alertdialog").waitFor();
  await page.goBack();
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await dialogs(desk).toBe(1);
  await page.goBack();
  await dialogs(desk).toBe(0);
  await invite.waitFor();
  await page.goBack();
  await invite.waitFor({ state: "detached" });
  await expect.poll(() => path(desk)).toBe(attic);
});

test("what went wrong in a dialog is said over it", async () => {
  const { page } = desk;
  await page.route("**/api/v1/rooms", (route) => route.abort());
  await page.getByRole("button", { name: "New conversation" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Notes to yourself" }).click();
  await page.locator(":popover-open").getByText("can’t be reached").waitFor();
  await page.unroute("**/api/v1/rooms");
  await page.keyboard.press("Escape");
  await dialogs(desk).toBe(0);
});

test("two steps back at once take everything off", async () => {
  const { page } = desk;
  await desk.openConversation("Attic");
  const attic = await path(desk);
  await desk.openConversation("Cellar");
  await page.getByRole("button", { name: "New conversation" }).first().click();
  await page.getByRole("dialog").waitFor();
  await page.evaluate(() => {
    history.go(-2);
  });
  await dialogs(desk).toBe(0);
  await expect.poll(() => path(desk)).toBe(attic);
});
