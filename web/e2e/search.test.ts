/* One box finds people, rooms and messages; a click leads to the message where it stands. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";

let browser: Browser;
let server: Server;
let mara: Person, jonas: Person;
let room = "";

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara", { size: DESK })).signUp();
  jonas = await (await Person.at(browser, base, "jonas", { size: PHONE, dark: true })).signUp();
  const { id } = await jonas.api<{ id: string }>("GET", "/me");
  const made = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Harbour", members: [id] });
  room = made.room.id;
  const say = (client_id: string, text: string) => mara.api("POST", `/rooms/${room}/messages`, { client_id, text });
  await say("first", "The **lighthouse** keeper rows at dawn");
  for (let i = 0; i < 60; i++) await say(`line${String(i)}`, `wave ${String(i)} of the tide`);
  await say("last", "Boats go out: a->b, 我们去公园, 🎉");
});
afterAll(async () => {
  expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  await mara.context.close();
  await jonas.context.close();
  await browser.close();
  await server.stop();
});

const box = (who: Person) => who.page.getByRole("searchbox");
const hit = (who: Person, text: string) => who.page.locator("#conversation-list a").filter({ hasText: text });

describe("on a desk", () => {
  test("words lead to the message where it stands, and the results stay for the next one", async () => {
    await mara.go("/");
    await hit(mara, "Harbour").waitFor();
    await mara.page.keyboard.press("Control+k");
    await mara.page.keyboard.type("keeper light");
    await hit(mara, "rows at dawn").locator("mark", { hasText: "keeper" }).waitFor();
    await expect.poll(() => hit(mara, "rows at dawn").locator("mark").allTextContents()).toEqual(["lighthouse", "keeper"]);
    expect(await axe(mara.page)).toEqual([]);
    await mara.page.keyboard.press("ArrowDown");
    await mara.page.keyboard.press("Enter");
    await mara.message("rows at dawn").waitFor();
    await hit(mara, "rows at dawn").waitFor();
    for (const text of ["a->b", "公园", "🎉"]) {
      await box(mara).fill(text);
      await hit(mara, "Boats go out").locator("mark").first().waitFor();
    }
    await box(mara).press("Escape");
    await mara.page.locator("#conversation-list").getByRole("link", { name: /Harbour/ }).waitFor();
    await expect.poll(() => box(mara).inputValue()).toBe("");
  });

  test("people are found with a slip of the fingers, and the tips help on with what is asked for", async () => {
    await mara.go("/");
    await box(mara).fill("joans");
    await mara.page.getByRole("button", { name: /Jonas/ }).waitFor();
    await box(mara).fill("wave from:nobody");
    await mara.page.getByRole("alert").filter({ hasText: "Nobody goes by this name" }).waitFor();
    await box(mara).fill("wave");
    await mara.page.getByText("More ways to search").click();
    await mara.page.getByRole("button", { name: /^in:garden/ }).click();
    await mara.page.keyboard.type("harb");
    await expect.poll(() => box(mara).inputValue()).toBe("wave in:harb");
    await hit(mara, "wave 59").waitFor();
    const more = mara.page.getByRole("button", { name: "Show more" });
    await more.click();
    await hit(mara, "wave 20").waitFor();
    // What stands there while one writes on is the answer to another question: there is no more of it.
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => { answer = resolve; });
    await mara.page.route("**/api/v1/search?*", async (route) => held.then(() => route.continue()));
    await box(mara).fill("wave");
    await expect.poll(() => more.isDisabled()).toBe(true);
    answer();
    await expect.poll(() => more.isEnabled()).toBe(true);
    await mara.page.unroute("**/api/v1/search?*");
    await box(mara).fill("tide from:");
    await hit(mara, "wave 59").waitFor();
    await mara.page.keyboard.type("jon");
    await mara.page.locator("#conversation-list").getByRole("button", { name: /Jonas/ }).click();
    await expect.poll(() => box(mara).inputValue()).toBe("tide from:jonas ");
    await mara.page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await box(mara).fill("tide in:ha");
    await mara.page.keyboard.press("ArrowDown");
    await mara.page.keyboard.press("Enter");
    await expect.poll(() => box(mara).inputValue()).toBe("tide in:Harbour ");
    await hit(mara, "wave 59").waitFor();
    await box(mara).fill("nothing like it anywhere");
    await mara.page.getByRole("heading", { name: "Nothing found" }).waitFor();
  });
});

test("on a phone a room is searched from its head, and the way back leads to the results", async () => {
  await jonas.go(`/r/${room}`);
  await jonas.page.getByRole("button", { name: "Search in this room" }).click();
  await jonas.page.getByText("Only in Harbour").waitFor();
  expect(await axe(jonas.page)).toEqual([]);
  await box(jonas).fill("dawn");
  await hit(jonas, "rows at dawn").click();
  await jonas.message("rows at dawn").waitFor();
  await jonas.page.goBack();
  await hit(jonas, "rows at dawn").waitFor();
  expect(await jonas.overflows()).toEqual([]);
  await jonas.page.getByRole("button", { name: "Search everywhere" }).click();
  await jonas.page.getByText("Only in Harbour").waitFor({ state: "hidden" });
});
