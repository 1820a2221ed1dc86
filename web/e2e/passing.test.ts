/* Passing rooms and whispers, between a desk and a phone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";

let browser: Browser;
let server: Server;
let mara: Person, jonas: Person;

beforeAll(async () => {
  browser = await launch();
  server = await Server.start({ flags: ["--heartbeat", "1s"] });
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara", { size: DESK })).signUp();
  jonas = await (await Person.at(browser, base, "jonas", { size: PHONE, dark: true })).signUp();
});
afterAll(async () => {
  expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  await mara.context.close();
  await jonas.context.close();
  await server.stop();
  await browser.close();
});

const listed = (who: Person) => who.page.getByRole("list", { name: "Passing rooms" });
const here = (who: Person, n: number) => who.page.getByTestId("passing").getByText(`${String(n)} here`);

test("a passing room is made, found, talked in, and gone without a trace", async () => {
  await mara.page.getByRole("button", { name: "New conversation" }).first().click();
  await mara.page.getByRole("button", { name: "Make a room for several" }).click();
  await mara.page.getByRole("radio", { name: /^Passing/ }).check();
  await mara.page.getByLabel("Name", { exact: true }).fill("Coffee corner");
  await mara.page.getByRole("checkbox", { name: /Show it in the list/ }).check();
  await mara.page.getByRole("button", { name: "Make the room" }).click();
  await mara.page.getByText("Nothing said here is kept").waitFor();
  await here(mara, 1).waitFor();
  await mara.say("Anyone there?");
  await mara.message("Anyone there?").waitFor();

  await jonas.page.getByRole("button", { name: "Browse open rooms" }).first().click();
  await jonas.page.getByRole("button", { name: "Enter Coffee corner" }).click();
  await jonas.page.getByText("Nothing said here is kept").waitFor();
  await mara.page.getByText("Jonas came in").waitFor();
  await here(jonas, 2).waitFor();
  await expect.poll(() => jonas.message("Anyone there?").count()).toBe(0);
  await jonas.composer.pressSequentially("A **quick** one");
  await mara.page.getByText("Jonas is writing").waitFor();
  await jonas.page.getByRole("button", { name: "Send", exact: true }).click();
  await mara.message("A quick one").waitFor();
  for (const one of [mara, jonas]) expect(await axe(one.page)).toEqual([]);

  // Elsewhere one is still in it, and told of what is said.
  await mara.go("/");
  await listed(mara).getByText("2 here").waitFor();
  await mara.page.goBack();
  await here(mara, 2).waitFor();
  await jonas.page.getByRole("button", { name: "Back" }).click();
  await mara.say("Still there?");
  await listed(jonas).getByText("1 unread message").waitFor({ state: "attached" });
  await listed(jonas).getByRole("link").click();
  await jonas.message("Still there?").waitFor();

  // A reload is no farewell, and brings nothing back.
  await jonas.page.reload();
  await here(jonas, 2).waitFor();
  await expect.poll(() => jonas.message("Still there?").count()).toBe(0);
  await expect.poll(() => mara.page.getByText("Jonas left").count()).toBe(0);

  await jonas.page.getByRole("button", { name: "Leave the room" }).click();
  await mara.page.getByText("Jonas left").waitFor();
  const address = mara.page.url();
  await mara.page.getByRole("button", { name: "Leave the room" }).click();
  await mara.page.getByText("Welcome, Mara").waitFor();
  await expect.poll(() => listed(mara).count()).toBe(0);
  await mara.page.goto(address);
  await mara.page.getByText("This room is gone").waitFor();
  // So does an address that never was one.
  await mara.go("/p/nothing-like-it");
  await mara.page.getByText("This room is gone").waitFor();
});

test("a whisper reaches one, is marked as theirs alone, answered, changed and taken back", async () => {
  const base = new URL(mara.page.url()).origin;
  const sign = { name: "eve", password: "a good long password", token: true };
  const json = { "content-type": "application/json" };
  const eve = (await (await fetch(`${base}/api/v1/accounts`, { method: "POST", headers: json, body: JSON.stringify(sign) })).json()) as { user: { id: string }; token: string };
  const { id: his } = await jonas.api<{ id: string }>("GET", "/me");
  const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Team", members: [his, eve.user.id] });
  const whispers = (who: Person, text: string) => who.page.getByTestId("whisper").filter({ hasText: text });
  for (const one of [mara, jonas]) await one.go(`/r/${room.id}`);
  await mara.page.getByRole("button", { name: "Details", exact: true }).first().click();
  await mara.page.getByText("2 here").waitFor();
  await mara.page.getByRole("button", { name: "Actions for Jonas" }).click();
  await mara.page.getByRole("menuitem", { name: "Whisper", exact: true }).click();
  await mara.page.getByText("Only you and Jonas see this").waitFor();
  await mara.page.getByRole("textbox", { name: "Whisper to Jonas" }).fill("Meet me at the **lake**");
  await mara.page.getByRole("button", { name: "Send", exact: true }).click();
  await whispers(mara, "Meet me at the lake").getByText("Only you and Jonas see this").waitFor();
  await whispers(jonas, "Meet me at the lake").getByText("Only you and Mara see this").waitFor();
  for (const one of [mara, jonas]) expect(await axe(one.page)).toEqual([]);

  await jonas.composer.pressSequentially("/w mara ");
  await jonas.page.getByRole("textbox", { name: "Whisper to Mara" }).fill("At noon");
  await jonas.page.getByRole("button", { name: "Send", exact: true }).click();
  await whispers(mara, "At noon").waitFor();
  await jonas.page.getByRole("button", { name: "Stop whispering" }).click();
  await jonas.say("Good morning, all");
  await mara.message("Good morning, all").waitFor();

  await whispers(jonas, "At noon").focus();
  await jonas.page.getByRole("button", { name: "Edit the whisper" }).click();
  await jonas.page.getByRole("textbox", { name: "Whisper to Mara" }).fill("At one");
  await jonas.page.getByRole("button", { name: "Send", exact: true }).click();
  await whispers(mara, "At one").waitFor();
  await whispers(mara, "Meet me").focus();
  await mara.page.getByRole("button", { name: "Delete for both of you" }).click();
  await whispers(jonas, "Whisper deleted").waitFor();
  await mara.page.reload();
  await whispers(mara, "At one").waitFor();

  const seen = await (await fetch(`${base}/api/v1/rooms/${room.id}/messages`, { headers: { authorization: `Bearer ${eve.token}` } })).text();
  expect(seen).toContain("Good morning, all");
  expect(seen).not.toContain("whisper");
  expect(seen).not.toContain("At one");
});

test("a whisper that comes while one looks elsewhere is marked on the room until one looks there, and is found where it stands", async () => {
  const { id: hers } = await mara.api<{ id: string }>("GET", "/me");
  const { id: his } = await jonas.api<{ id: string }>("GET", "/me");
  const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Cellar", members: [his] });
  const say = (i: number) => mara.api("POST", `/rooms/${room.id}/messages`, { client_id: `cellar${String(i)}`, text: `jar ${String(i)}` });
  await mara.go("/");
  await jonas.go("/");
  const mark = (who: Person) => who.page.locator("#conversation-list").getByRole("link", { name: /Cellar/ }).getByText("1 unread whisper", { exact: true });
  await say(0);
  await jonas.api("POST", `/rooms/${room.id}/whispers`, { to: hers, client_id: "key", text: "The key lies under the lantern" });
  await mark(mara).waitFor({ state: "attached" });
  await mara.page.reload();
  await mark(mara).waitFor({ state: "attached" });
  // One mark for one whisper: it is not counted among the lines once more.
  expect(await mara.page.locator("#conversation-list").getByRole("link", { name: /Cellar/ }).getByText("unread message").count()).toBe(0);
  expect(await axe(mara.page)).toEqual([]);
  await mara.openConversation("Cellar");
  await mark(mara).waitFor({ state: "detached" });
  for (let i = 1; i <= 80; i++) await say(i);

  await mara.go("/");
  await mara.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  await mara.page.keyboard.press("Control+k");
  await mara.page.keyboard.type("lantern");
  await mara.page.locator("#conversation-list a").filter({ hasText: "under the lantern" }).click();
  const found = mara.page.getByTestId("whisper").filter({ hasText: "under the lantern" });
  await expect.poll(() => found.getAttribute("class")).toContain("flash");
  await expect.poll(() => found.evaluate((e) => { const b = e.getBoundingClientRect(); return b.top > 0 && b.bottom < innerHeight; })).toBe(true);
  // The address leads there again.
  const address = mara.page.url();
  await mara.go("/");
  await mara.page.goto(address);
  await expect.poll(() => found.getAttribute("class")).toContain("flash");
  // For anybody else there is nothing.
  await jonas.page.goto(`${address.slice(0, -3)}000`);
  await jonas.page.getByText("not there").waitFor();
});

test("what is said while a link is lost comes with it, and a restart ends the room", async () => {
  const { id } = await mara.api<{ id: string }>("POST", "/passing", { name: "Stairs" });
  for (const one of [mara, jonas]) await one.go(`/p/${id}`);
  await here(mara, 2).waitFor();
  await jonas.context.setOffline(true);
  await mara.page.getByText("connection lost").waitFor();
  await mara.say("Mind the step");
  await mara.message("Mind the step").waitFor();
  await jonas.context.setOffline(false);
  await jonas.message("Mind the step").waitFor();
  await mara.page.getByText("connection lost").waitFor({ state: "detached" });
  await expect.poll(() => mara.page.getByText("Jonas left").count()).toBe(0);

  // Elsewhere one is told, too, after a reload as well.
  await jonas.go("/");
  await listed(jonas).getByText("2 here").waitFor();
  server.signal("SIGTERM");
  await server.exited();
  await server.restart();
  for (const one of [mara, jonas]) await one.page.getByText("This room is gone").waitFor();
  await jonas.page.reload();
  await listed(jonas).getByText("This room is gone").waitFor();
  await listed(jonas).getByRole("link", { name: /Stairs/ }).click();
  await jonas.page.getByRole("button", { name: "To your conversations" }).click();
  await expect.poll(() => listed(jonas).count()).toBe(0);
  mara.complaints.length = jonas.complaints.length = 0; // of requests while nobody answered
});

test("what was said in passing is taken back, and its maker removes somebody", async () => {
  const { id } = await mara.api<{ id: string }>("POST", "/passing", { name: "Doorstep" });
  await mara.go(`/p/${id}`);
  await here(mara, 1).waitFor();
  await jonas.go(`/p/${id}`);
  await here(mara, 2).waitFor();
  await jonas.say("My number is 12345");
  await jonas.message("12345").getByRole("button", { name: "Withdraw" }).click();
  await mara.page.getByText("Something that Jonas said was withdrawn").waitFor();
  await expect.poll(() => mara.page.getByText("12345").count()).toBe(0);
  await jonas.say("Something rude");
  const rude = mara.message("Something rude");
  await rude.hover();
  await rude.getByRole("button", { name: "Withdraw" }).click();
  await mara.page.getByRole("alertdialog").getByText(/Something rude\s+It leaves every screen/).waitFor();
  expect(await axe(mara.page)).toEqual([]);
  await mara.page.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await expect.poll(() => jonas.page.getByText("Something rude").count()).toBe(0);
  await mara.page.getByRole("button", { name: "Remove Jonas" }).click();
  await mara.page.getByRole("alertdialog").getByRole("button", { name: "Remove", exact: true }).click();
  await jonas.page.getByText("You were removed from this room").waitFor();
  await mara.page.getByText("Jonas was removed").waitFor();
  await here(mara, 1).waitFor();
  expect(await axe(jonas.page)).toEqual([]);
  await jonas.go(`/p/${id}`);
  await jonas.page.getByText("You were removed from this room").waitFor();
  await jonas.page.getByRole("button", { name: "To your conversations" }).click();
  await jonas.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
});
