/* Calling people by name: found while one writes, marked where one is called, listed, and cleared by reading. */
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
  [browser, server] = await Promise.all([launch(), Server.start()]);
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara", { size: DESK })).signUp();
  jonas = await (await Person.at(browser, base, "jonas", { size: PHONE, dark: true })).signUp();
  const { id } = await jonas.api<{ id: string }>("GET", "/me");
  const made = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Lake", members: [id] });
  room = made.room.id;
  await mara.go(`/r/${room}`);
  await mara.composer.waitFor();
});
afterAll(async () => {
  expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  await browser.close();
  await server.stop();
});

describe("a name", () => {
  test("is completed by keyboard, and marks the conversation of who is called until they read it", async () => {
    await mara.composer.pressSequentially("Is @jo");
    const option = mara.page.getByRole("option", { name: /Jonas/ });
    await option.waitFor();
    await expect.poll(() => mara.composer.getAttribute("aria-activedescendant")).toBe(await option.getAttribute("id"));
    expect(await axe(mara.page)).toEqual([]);
    await mara.composer.press("Tab");
    await mara.composer.pressSequentially("coming?");
    await mara.composer.press("Enter");
    await mara.message("Is @jonas coming?").waitFor();

    const line = jonas.page.locator("#conversation-list").getByRole("link", { name: /Lake/ });
    await line.getByText("1 unread mention").waitFor({ state: "attached" });
    await jonas.page.getByRole("link", { name: /Mentions/ }).click();
    const found = jonas.page.getByRole("link", { name: /Go to the message of\s+Mara/ });
    await found.waitFor();
    expect(await axe(jonas.page, true)).toEqual([]);
    // While one looks at the list, what comes new comes into it.
    await mara.say("@everyone, I have the keys");
    await jonas.page.locator("#conversation").getByText("@everyone, I have the keys", { exact: true }).waitFor();
    await found.first().click();
    await jonas.message("coming?").getByRole("link", { name: "@jonas" }).waitFor();
    await jonas.page.getByRole("button", { name: "Back" }).click();
    await line.getByText("unread mention").waitFor({ state: "detached" });
  });

  test("opens who it is; in code it is a word", async () => {
    await mara.say("`@jonas` is code, @jonas is not, @nobody is nobody");
    const calls = mara.message("is code").getByRole("link", { name: /^@/ });
    await calls.first().waitFor();
    await expect.poll(() => calls.allTextContents()).toEqual(["@jonas"]);
    await calls.click();
    await mara.page.waitForURL(/\/u\//);
    await mara.page.getByRole("heading", { name: "Jonas" }).first().waitFor();
    await mara.go(`/r/${room}`);
  });

  test("is chosen by touch", async () => {
    await jonas.go(`/r/${room}`);
    await jonas.composer.waitFor();
    await jonas.composer.pressSequentially("@");
    await jonas.page.getByRole("option", { name: /Mara/ }).tap();
    await jonas.page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>("#composer")?.value === "@mara ");
    await jonas.composer.pressSequentially("yes");
    await jonas.page.getByRole("button", { name: "Send", exact: true }).tap();
    await mara.message("@mara yes").waitFor();
  });
});
