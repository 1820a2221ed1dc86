/* Reactions, pins, stars, deleting for oneself, links and the history of edits, between two people. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

for (const [device, size] of [
  ["a desk", DESK],
  ["a phone", PHONE],
] as const) {
  describe(`on ${device}`, () => {
    let server: Server;
    let mara: Person, jonas: Person;
    let room = "";

    const menu = async (who: Person, text: string): Promise<void> => {
      const row = who.kept(text).last();
      await row.focus();
      await row.press("Enter");
      await who.page.getByRole("menu").waitFor();
    };
    const choose = async (who: Person, text: string, item: string): Promise<void> => {
      await menu(who, text);
      await who.page.getByRole("menuitem", { name: item, exact: true }).click();
    };
    const agree = (who: Person, name: string) => who.page.getByRole("alertdialog").getByRole("button", { name, exact: true }).click();

    beforeAll(async () => {
      server = await Server.start();
      const base = `http://${server.host}`;
      mara = await (await Person.at(browser, base, "mara", { size })).signUp();
      jonas = await (await Person.at(browser, base, "jonas", { size, dark: true })).signUp();
      await mara.talkTo("Jonas");
      await mara.say("Shall we meet at the lake?");
      await jonas.openConversation("Mara");
      await jonas.message("at the lake").waitFor();
      room = new URL(mara.page.url()).pathname.split("/")[2] ?? "";
    });
    // What one test leaves open is not the next one's business.
    beforeEach(async () => {
      for (const one of [mara, jonas]) {
        await one.go(`/r/${room}`);
        await one.composer.waitFor();
      }
    });
    afterAll(async () => {
      expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
      await mara.context.close();
      await jonas.context.close();
      await server.stop();
    });

    test("a reaction appears on both sides, is joined and taken back, and tells who", async () => {
      await menu(jonas, "at the lake");
      await jonas.page.getByRole("button", { name: "React with 👍" }).click();
      const seen = mara.message("at the lake").getByRole("button", { name: "👍, 1 reaction" });
      await seen.waitFor();
      await seen.click();
      await jonas.message("at the lake").getByRole("button", { name: "👍, 2 reactions, one is yours" }).waitFor();
      await choose(jonas, "at the lake", "Who reacted");
      const dialog = jonas.page.getByRole("dialog");
      await dialog.getByText("@mara").waitFor();
      await dialog.getByText("@jonas").waitFor();
      expect(await axe(jonas.page)).toEqual([]);
      await jonas.page.keyboard.press("Escape");
      await mara.message("at the lake").getByRole("button", { name: /^👍/ }).click();
      await jonas.message("at the lake").getByRole("button", { name: "👍, 1 reaction, yours" }).waitFor();
      await mara.page.reload();
      await mara.message("at the lake").getByRole("button", { name: "👍, 1 reaction" }).waitFor();
    });

    test("a pinned message is found from the header, and jumped to", async () => {
      await choose(mara, "at the lake", "Pin");
      await jonas.message("at the lake").getByText("Pinned").waitFor({ state: "attached" });
      for (let i = 1; i <= 40; i++)
        await mara.api("POST", `/rooms/${room}/messages`, { client_id: `${device.slice(-4)}${String(i)}`, text: `line ${String(i)}` });
      await jonas.message("line 40").waitFor();
      await jonas.page.getByRole("button", { name: "1 pinned message" }).first().click();
      const dialog = jonas.page.getByRole("dialog");
      await dialog.getByText("Pinned by Mara").waitFor();
      expect(await axe(jonas.page)).toEqual([]);
      await dialog.getByRole("link", { name: /Go to the message of\s+Mara/ }).click();
      await dialog.waitFor({ state: "detached" });
      await expect.poll(() => jonas.message("at the lake").isVisible()).toBe(true);
      await expect.poll(() => new URL(jonas.page.url()).pathname).toMatch(/^\/r\/[^/]+\/\d+$/);
    });

    test("a star is one's own, and the starred view leads back", async () => {
      for (const one of [mara, jonas]) {
        await one.go(`/r/${room}/1`);
        await one.message("at the lake").waitFor();
      }
      await choose(jonas, "at the lake", "Star");
      await jonas.message("at the lake").getByText("Starred by you").waitFor({ state: "attached" });
      await jonas.go("/starred");
      await jonas.page.getByText("Shall we meet at the lake?").waitFor();
      expect(await axe(jonas.page)).toEqual([]);
      await jonas.page.getByRole("link", { name: /Go to the message of\s+Mara/ }).click();
      await expect.poll(() => jonas.message("at the lake").isVisible()).toBe(true);
      await expect.poll(() => mara.message("at the lake").getByText("Starred by you").count()).toBe(0);
      await jonas.go("/starred");
      await jonas.page.getByRole("button", { name: "Unstar" }).click();
      await jonas.page.getByText("No starred messages").waitFor();
    });

    test("deleted for oneself, a message stays for the other; the list shows the one before", async () => {
      await mara.say("Not for my eyes");
      await jonas.message("Not for my eyes").waitFor();
      await choose(jonas, "Not for my eyes", "Delete for me");
      await jonas.page.getByText("Everybody else still sees it").waitFor();
      await agree(jonas, "Delete for me");
      await expect.poll(() => jonas.message("Not for my eyes").count()).toBe(0);
      await mara.message("Not for my eyes").waitFor();
      await jonas.page.reload();
      await jonas.message("line 40").waitFor();
      await expect.poll(() => jonas.message("Not for my eyes").count()).toBe(0);
      await jonas.go("/");
      await jonas.page.locator("#conversation-list").getByText("line 40").waitFor();
    });

    test("deleted for everybody, it leaves a tombstone, which may go as well", async () => {
      await mara.say("A slip of the hand");
      await jonas.message("A slip of the hand").waitFor();
      await choose(mara, "A slip of the hand", "Delete for everybody");
      await mara.page.getByText("Its text goes for everybody").waitFor();
      await agree(mara, "Delete for everybody");
      const tombstone = jonas.page.getByRole("article").filter({ hasText: "Message deleted" });
      await tombstone.waitFor();
      await choose(jonas, "Message deleted", "Delete for me");
      await agree(jonas, "Delete for me");
      await tombstone.waitFor({ state: "detached" });
    });

    test("the history of an edit is there for the reader", async () => {
      await mara.say("Seven oclock");
      await jonas.message("Seven oclock").waitFor();
      await choose(mara, "Seven oclock", "Edit");
      await mara.composer.fill("Eight o’clock");
      await mara.page.getByRole("button", { name: "Save the change" }).click();
      await jonas.message("Eight o’clock").getByText("edited").waitFor({ state: "attached" });
      await choose(jonas, "Eight o’clock", "Edit history");
      const dialog = jonas.page.getByRole("dialog");
      await dialog.getByText("Seven oclock").waitFor();
      await dialog.getByText("Everybody in this conversation").waitFor();
      expect(await axe(jonas.page)).toEqual([]);
      await jonas.page.keyboard.press("Escape");
    });

    test("a link leads to its message; one to what is not there says so", async () => {
      const first = await mara.api<{ messages: { seq: number }[] }>("GET", `/rooms/${room}/messages?after=0&limit=1`);
      const seq = first.messages[0]?.seq ?? 0;
      await mara.say(`Look: http://${server.host}/r/${room}/${String(seq)}`);
      await jonas.message("Look:").getByRole("link").click();
      await expect.poll(() => jonas.message("at the lake").first().isVisible()).toBe(true);
      expect(jonas.context.pages()).toHaveLength(1);
      // From the outside, in a page that was not open.
      await jonas.go(`/r/${room}/${String(seq)}`);
      await jonas.message("at the lake").first().waitFor();
      await jonas.go(`/r/${room}/999999`);
      await jonas.page.getByText("This message is not there").waitFor();
      await jonas.go(`/r/0000000000001/1`);
      await jonas.page.getByText("There is nothing here").waitFor();
    });
  });
}
