/* Emoji: picked for a text and for a reaction, typed by their codes; by pointer, by touch and by keyboard alone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";

let browser: Browser;
let server: Server;
beforeAll(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

for (const [device, size, name] of [
  ["a desk", DESK, "mara"],
  ["a phone", PHONE, "jonas"],
] as const) {
  describe(`on ${device}`, () => {
    let me: Person;
    const dialog = () => me.page.getByRole("dialog");
    const cell = (what: string) => dialog().getByRole("gridcell", { name: what, exact: true }).first();

    beforeAll(async () => {
      me = await (await Person.at(browser, `http://${server.host}`, name, { size })).signUp();
      const { id } = await me.api<{ id: string }>("GET", "/me");
      const { room } = await me.api<{ room: { id: string } }>("POST", "/rooms", { kind: "direct", user: id });
      await me.go(`/r/${room.id}`);
      await me.composer.waitFor();
    });
    afterAll(async () => {
      expect(me.complaints).toEqual([]);
      await me.context.close();
    });

    test("one is found, chosen in one's tone, and stands where one was writing", async () => {
      await me.composer.fill("Well done!");
      await me.composer.press("Home");
      await me.page.getByRole("button", { name: "Insert an emoji" }).click();
      await cell("grinning face").waitFor();
      expect(await axe(me.page)).toEqual([]);
      expect(await me.overflows()).toEqual([]);
      // Two thousand would make it wait.
      expect(await dialog().getByRole("gridcell").count()).toBeLessThan(900);
      await dialog().getByRole("radio", { name: "medium skin tone", exact: true }).check({ force: true });
      await dialog().getByRole("searchbox", { name: "Search emoji" }).fill("thumbs");
      await cell("thumbs up").click();
      await me.page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>("#composer")?.value === "👍🏽Well done!");
      await me.composer.press("Enter");
      await me.message("👍🏽Well done!").waitFor();
    });

    test("codes become emoji: chosen from a list, and by themselves once they are closed", async () => {
      await me.composer.pressSequentially("Hurray :tad");
      const list = me.page.getByRole("listbox", { name: "Suggestions" });
      await list.getByRole("option", { name: "party popper" }).waitFor();
      expect(await axe(me.page)).toEqual([]);
      await me.composer.press("Enter");
      await list.waitFor({ state: "detached" });
      await me.composer.pressSequentially("and :rocket:");
      await me.page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>("#composer")?.value.startsWith("Hurray 🎉 and 🚀"));
      // What is no code is sent as it is, and Escape leaves it so.
      await me.composer.pressSequentially(":ro");
      await list.waitFor();
      await me.composer.press("Escape");
      await list.waitFor({ state: "detached" });
      await me.composer.press("Enter");
      await me.message("Hurray 🎉 and 🚀 :ro").waitFor();
    });

    test("any can be a reaction, by keyboard alone; those used last come first", async () => {
      const row = me.kept("Well done!");
      await row.focus();
      await row.press("Enter");
      await me.page.getByRole("button", { name: "React with another emoji" }).press("Enter");
      await dialog().getByRole("grid", { name: "Recently used" }).waitFor();
      const search = dialog().getByRole("searchbox", { name: "Search emoji" });
      await search.press("ArrowDown");
      // Last used: the rocket, the popper, the thumb.
      await me.page.keyboard.press("ArrowRight");
      await me.page.keyboard.press("Enter");
      await row.getByRole("button", { name: "🎉, 1 reaction, yours" }).waitFor();
      await row.focus();
      await row.press("Enter");
      await me.page.getByRole("button", { name: "React with another emoji" }).press("Enter");
      await search.press("ArrowDown");
      await me.page.keyboard.press("ArrowDown");
      await me.page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "grinning face");
      await me.page.keyboard.press("ArrowUp");
      await me.page.keyboard.press("ArrowUp");
      await me.page.waitForFunction(() => (document.activeElement as HTMLInputElement).type === "search");
      await me.page.keyboard.press("Escape");
      await dialog().waitFor({ state: "detached" });
      // Or from the end of the row of those that are there.
      await row.focus();
      await row.press("ArrowRight");
      await me.page.keyboard.press("ArrowRight");
      const more = row.getByRole("button", { name: "Add a reaction" });
      await expect.poll(() => more.evaluate((e) => e === document.activeElement)).toBe(true);
      await more.press("Enter");
      await search.fill("rocket");
      await dialog().getByRole("gridcell", { name: "rocket" }).click();
      await row.getByRole("button", { name: "🚀, 1 reaction, yours" }).waitFor();
      await dialog().waitFor({ state: "detached" });
      await row.getByRole("button", { name: "🎉, 1 reaction, yours" }).focus();
      await me.page.keyboard.press("ArrowLeft");
      await expect.poll(() => row.evaluate((e) => e === document.activeElement)).toBe(true);
      await dialog().waitFor({ state: "detached" });
    });
  });
}
