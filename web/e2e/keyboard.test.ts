/* A whole visit by keyboard alone. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { launch, Person } from "./chromium";

let browser: Browser, server: Server, base: string;
beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  base = `http://${server.host}`;
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** What the control with the focus is called; nothing when the focus is on no control. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const e = document.activeElement;
    if (!e?.matches("a, button, input, textarea, select")) return "";
    const label = "labels" in e ? ((e as HTMLInputElement).labels?.[0]?.textContent ?? "") : "";
    return (e.getAttribute("aria-label") ?? (label || e.textContent)).trim();
  });
}

/** Tab until the focus is on what is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const way: string[] = [];
  for (let i = 0; i < 60; i++) {
    const here = await focused(page);
    if (name.test(here)) return;
    way.push(here);
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${String(name)}, only ${way.join(" | ")}`);
}

test("by keyboard alone: sign up, find somebody, write, edit, reply, make a room, switch, sign out and in", async () => {
  const jonas = await (await Person.at(browser, base, "jonas")).signUp();
  await (await Person.at(browser, base, "kira")).signUp();
  const mara = await Person.at(browser, base, "mara");
  const { page } = mara;
  const { keyboard } = page;
  const inComposer = () => expect.poll(() => mara.composer.evaluate((e) => e === document.activeElement)).toBe(true);
  await mara.go("/signup");
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await tabTo(page, /^Name/);
  await keyboard.type("mara");
  await tabTo(page, /^Password/);
  await keyboard.type("a good long password");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Conversations" }).first().waitFor();

  // Find and open.
  await tabTo(page, /^Search people/);
  await keyboard.type("jonas");
  await page.getByRole("button", { name: /Jonas/ }).waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await mara.composer.waitFor();
  await inComposer();

  // Write, and mend it.
  await keyboard.type("no mouse today");
  await keyboard.press("Enter");
  await jonas.page.getByText("no mouse today").first().waitFor();
  await keyboard.press("ArrowUp");
  await expect.poll(() => mara.composer.inputValue()).toBe("no mouse today");
  await keyboard.press("End");
  await keyboard.type("!");
  await keyboard.press("Enter");
  await jonas.page.getByText("no mouse today!").first().waitFor();

  // Answer: from the field back to the messages, up to the one, and its own key.
  await keyboard.type("See https://example.org/a and https://example.org/b");
  await keyboard.press("Enter");
  await jonas.openConversation("mara");
  await jonas.say("Which one broke?");
  await mara.message("Which one broke?").waitFor();
  await inComposer();
  const inLog = () => page.evaluate(() => document.activeElement?.getAttribute("role") === "log");
  for (let i = 0; i < 20 && !(await inLog()); i++) {
    await keyboard.press("Shift+Tab");
    // None of the links above is a stop on the way.
    expect(await page.evaluate(() => document.activeElement?.closest("article") === null)).toBe(true);
  }
  expect(await inLog()).toBe(true);
  // From a message that has the focus one reaches what stands in it.
  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowUp");
  await tabTo(page, /example\.org\/b/);
  await keyboard.press("ArrowDown");
  await expect.poll(() => mara.message("Which one broke?").evaluate((e) => e === document.activeElement)).toBe(true);
  await keyboard.press("Escape");
  await keyboard.press("Shift+Tab");
  expect(await inLog()).toBe(true);
  await keyboard.press("ArrowUp");
  await expect.poll(() => mara.message("Which one broke?").evaluate((e) => e === document.activeElement)).toBe(true);
  await keyboard.press("r");
  await page.getByText("Reply to Jonas").waitFor();
  await inComposer();
  await keyboard.type("The grey one");
  await keyboard.press("Enter");
  await jonas.message("The grey one").getByTitle("Go to the original message").waitFor();

  // The list of keys: not while one types.
  await inComposer();
  await keyboard.type("?");
  expect(await mara.composer.inputValue()).toBe("?");
  await keyboard.press("Backspace");
  await keyboard.press("Control+/");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Edit your last message").waitFor();
  expect(await axe(page)).toEqual([]);
  await keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await inComposer();

  // Somebody else, found in the dialog: the first of what all that was typed finds.
  await tabTo(page, /^New conversation/);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await keyboard.type("kir");
  await keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Message to Kira" }).waitFor();
  await tabTo(page, /^New conversation/);
  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: /Kira/ }).waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowUp");
  await keyboard.press("ArrowUp");
  await keyboard.type("jon");
  await expect.poll(() => page.getByRole("dialog").getByRole("button", { name: /@/ }).count()).toBe(1);
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Message to Jonas" }).waitFor();
  await inComposer();

  // Called by name: Enter leads to the message, and the focus with it.
  await jonas.say("@mara come and see");
  await mara.message("come and see").waitFor();
  await tabTo(page, /^Mentions/);
  await keyboard.press("Enter");
  await tabTo(page, /^Go to the message of/);
  await keyboard.press("Enter");
  await expect.poll(() => mara.message("come and see").last().evaluate((e) => e === document.activeElement)).toBe(true);
  await keyboard.press("ArrowDown");
  await inComposer();

  // A room.
  await tabTo(page, /^New conversation/);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, /Make a room/);
  await keyboard.press("Enter");
  await page.getByRole("radio").first().waitFor();
  await tabTo(page, /^Name/);
  await keyboard.type("By hand");
  await tabTo(page, /Make the room/);
  await keyboard.press("Enter");
  await page.getByText("This is where By hand begins").waitFor();
  await inComposer();

  // To the other conversation and back.
  await keyboard.press("Alt+ArrowDown");
  await page.getByRole("textbox", { name: "Message to Jonas" }).waitFor();
  await keyboard.press("Alt+ArrowUp");
  await page.getByRole("textbox", { name: "Message to By hand" }).waitFor();

  // By the box, from wherever one is: a conversation by its name, a message by its words; Escape puts the list back.
  await keyboard.press("Control+k");
  await keyboard.type("jon");
  await page.locator("#conversation-list").getByRole("link", { name: /Jonas/ }).first().waitFor();
  await keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Message to Jonas" }).waitFor();
  await keyboard.press("Control+k");
  await keyboard.type("which broke");
  await page.locator("#conversation-list mark").first().waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("Escape");
  await expect.poll(() => page.getByRole("searchbox").evaluate((e) => e === document.activeElement)).toBe(true);
  await keyboard.press("Escape");
  await expect.poll(() => page.locator("#conversation-list mark").count()).toBe(0);

  // Out and in again.
  await tabTo(page, /Settings$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Settings" }).waitFor();
  await tabTo(page, /^Sign out$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await tabTo(page, /^Name/);
  await keyboard.type("mara");
  await tabTo(page, /^Password/);
  await keyboard.type("a good long password");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  expect(mara.complaints).toEqual([]);
  await mara.context.close();
  await jonas.context.close();
});
