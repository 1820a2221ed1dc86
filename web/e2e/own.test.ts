/* What a person sets for themselves, on two devices of theirs at once: drafts, what is unread, mute, notifications. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { launch, Person, PHONE } from "./chromium";

let browser: Browser, server: Server;
let jonas: Person, desk: Person, phone: Person;

/** Notifications as the page made them: none can be seen in a headless browser. */
declare global {
  interface Window {
    told: { title: string; body: string; open: () => void; closed: boolean }[];
  }
}
function listen(): void {
  window.told = [];
  class Told extends EventTarget {
    static permission: NotificationPermission = "default";
    static requestPermission(): Promise<NotificationPermission> {
      Told.permission = "granted";
      return Promise.resolve("granted");
    }
    onclick: (() => void) | undefined;
    constructor(title: string, { body }: { body: string }) {
      super();
      window.told.push((this.#one = { title, body, open: () => this.onclick?.(), closed: false }));
    }
    readonly #one;
    close(): void {
      this.#one.closed = true;
      this.onclick = undefined;
    }
  }
  Object.defineProperty(window, "Notification", { value: Told });
}
const told = (page: Page): Promise<string[]> => page.evaluate(() => window.told.map((n) => `${n.title}: ${n.body}`));

const link = (who: Person, name: string) => who.page.locator("#conversation-list").getByRole("link", { name: new RegExp(name) });
const menu = async (who: Person, name: string, item: string): Promise<void> => {
  await link(who, name).click({ button: "right" });
  await who.page.getByRole("menuitem", { name: item, exact: true }).click();
};

beforeAll(async () => {
  [browser, server] = [await launch(), await Server.start()];
  const base = `http://${server.host}`;
  desk = await Person.at(browser, base, "mara");
  await desk.context.addInitScript(listen);
  await desk.signUp();
  jonas = await (await Person.at(browser, base, "jonas")).signUp();
  phone = await Person.at(browser, base, "mara", { size: PHONE, dark: true });
  await phone.signIn();
  await jonas.talkTo("Mara");
  await jonas.say("Are you there?");
  await jonas.say("I am at the lake");
  await link(desk, "Jonas").waitFor();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

test("a draft follows from the desk to the phone, and is gone when it is sent there", async () => {
  await desk.openConversation("Jonas");
  await desk.message("at the lake").waitFor();
  await desk.composer.fill("Half a thought");
  await link(phone, "Jonas").getByText("Draft:").waitFor();
  expect(await axe(phone.page)).toEqual([]);
  await phone.openConversation("Jonas");
  await expect.poll(() => phone.composer.inputValue()).toBe("Half a thought");
  await phone.composer.press("End");
  await phone.composer.pressSequentially(", and the rest");
  await expect.poll(() => desk.composer.inputValue()).toBe("Half a thought, and the rest");
  await phone.composer.press("Enter");
  await jonas.message("and the rest").waitFor();
  await expect.poll(() => desk.composer.inputValue()).toBe("");
});

test("marked as unread on the phone, it is so on the desk, with the line where it was", async () => {
  await desk.go("/");
  const row = phone.message("at the lake");
  await row.focus();
  await row.press("Enter");
  await phone.page.getByRole("menuitem", { name: "Mark as unread" }).click();
  await phone.page.getByRole("separator", { name: "New" }).waitFor();
  await link(desk, "Jonas").getByText("2 unread messages").waitFor({ state: "attached" });
  await expect.poll(() => desk.page.title()).toBe("(2) Confab");
  await desk.openConversation("Jonas");
  await desk.page.getByRole("separator", { name: "New" }).waitFor();
  await phone.go("/");
  await link(phone, "Jonas").waitFor();
  await link(phone, "Jonas").getByText("unread").waitFor({ state: "detached" });
  await menu(desk, "Jonas", "Mark as unread");
  await link(desk, "Jonas").getByText("1 unread message").waitFor({ state: "attached" });
  await menu(desk, "Jonas", "Mark as read");
  await link(desk, "Jonas").getByText("unread").waitFor({ state: "detached" });
});

test("notifications come when they were asked for, not for a muted conversation, and lead to their message", async () => {
  await desk.go("/settings");
  expect(await told(desk.page)).toEqual([]);
  await desk.page.getByRole("button", { name: "Turn on" }).click();
  await desk.page.getByText("They are on").waitFor();
  expect(await axe(desk.page)).toEqual([]);
  await jonas.say("Look up");
  await expect.poll(() => told(desk.page)).toEqual(["Jonas: Look up"]);
  await desk.page.getByLabel("Don’t show who writes").check();
  await menu(desk, "Jonas", "Mute");
  await link(phone, "Jonas").getByText("Muted").waitFor({ state: "attached" });
  await jonas.say("Nobody hears this");
  await link(desk, "Jonas").getByText("Nobody hears this").waitFor();
  await expect.poll(() => desk.page.title()).toBe("Confab");
  await menu(desk, "Jonas", "Unmute");
  await link(desk, "Jonas").getByText("Muted").waitFor({ state: "detached" });
  await jonas.say("And now");
  await expect.poll(() => told(desk.page)).toEqual(["Jonas: Look up", "Confab: New message"]);
  await desk.page.evaluate(() => {
    window.told.at(-1)?.open();
  });
  await desk.message("And now").waitFor();
});

test("a notification of a whisper says so, leads to it, and is taken back where it is read elsewhere", async () => {
  const { id: his } = await jonas.api<{ id: string }>("GET", "/me");
  const { id: hers } = await desk.api<{ id: string }>("GET", "/me");
  const { room } = await desk.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Attic", members: [his] });
  await desk.page.getByRole("button", { name: /Settings/ }).click();
  await desk.page.getByLabel("Don’t show who writes").uncheck();
  const before = await desk.page.evaluate(() => window.told.length);
  const whisper = (client_id: string, text: string) => jonas.api("POST", `/rooms/${room.id}/whispers`, { to: hers, client_id, text });
  await whisper("w1", "Mind the third step");
  await expect.poll(async () => (await told(desk.page)).slice(before)).toEqual(["Whisper from Jonas · Attic: Mind the third step"]);
  await phone.go(`/r/${room.id}`);
  await phone.page.getByTestId("whisper").filter({ hasText: "third step" }).waitFor();
  await expect.poll(() => desk.page.evaluate(() => window.told.at(-1)?.closed)).toBe(true);
  await phone.go("/");
  await whisper("w2", "And the fourth");
  await expect.poll(() => told(desk.page)).toHaveLength(before + 2);
  await desk.page.evaluate(() => {
    window.told.at(-1)?.open();
  });
  await expect.poll(() => desk.page.getByTestId("whisper").filter({ hasText: "the fourth" }).getAttribute("class")).toContain("flash");
  await desk.api("DELETE", `/rooms/${room.id}`);
  await link(desk, "Attic").waitFor({ state: "detached" });
  await desk.openConversation("Jonas");
});

test("a blocked person can't write in private, folds in rooms, and is let in again from the settings", async () => {
  const { id } = await jonas.api<{ id: string }>("GET", "/me");
  const { room } = await desk.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Garden", members: [id] });
  await jonas.api("POST", `/rooms/${room.id}/whispers`, { to: (await desk.api<{ id: string }>("GET", "/me")).id, client_id: "soil", text: "The soil is poor" });
  await desk.page.getByRole("button", { name: "Details", exact: true }).click();
  await desk.page.getByRole("button", { name: "Block", exact: true }).click();
  await desk.page.getByRole("alertdialog").getByRole("button", { name: "Block", exact: true }).click();
  await desk.page.getByText("You blocked Jonas.").waitFor();
  await jonas.say("Why?");
  await jonas.page.getByText("You can’t write to this person.").waitFor();
  await jonas.go(`/r/${room.id}`);
  await jonas.say("@mara: beans or peas?");
  await jonas.message("beans or peas").waitFor();
  await jonas.composer.fill("/w mara Are you cross?");
  await jonas.composer.press("Enter");
  await jonas.page.getByText("You can’t write to this person.").waitFor();
  await desk.go("/");
  await link(desk, "Garden").getByText("unread message").waitFor({ state: "attached" });
  expect(await link(desk, "Garden").getByText("unread mention").count()).toBe(0);
  await desk.go(`/r/${room.id}`);
  const folded = desk.page.getByRole("article", { name: "Message from someone you blocked" });
  await expect.poll(() => folded.count()).toBe(2);
  await expect.poll(() => desk.message("beans").count()).toBe(0);
  await expect.poll(() => desk.message("soil").count()).toBe(0);
  expect(await axe(desk.page)).toEqual([]);
  await folded.last().getByRole("button", { name: "Show" }).click();
  await desk.message("beans").waitFor();
  await folded.getByRole("button", { name: "Show" }).click();
  await desk.message("soil").waitFor();
  await desk.go("/settings");
  await desk.page.getByRole("button", { name: "Unblock Jonas" }).click();
  await desk.page.getByText("You have blocked nobody.").waitFor();
  await jonas.go("/");
  await jonas.openConversation("Mara");
  await jonas.say("Here again");
  await link(desk, "Jonas").getByText("Here again").waitFor();
  expect([...desk.complaints, ...phone.complaints, ...jonas.complaints]).toEqual([]);
});
