/* The administrators' site, and links that let people in: an owner at a desk, and somebody on a phone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { png } from "../../tests/wire/harness/pictures";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { launch, Person, PHONE } from "./chromium";

let browser: Browser;
let server: Server;
let owner: Person, guest: Person;
let room = "";

beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  const base = `http://${server.host}`;
  owner = await (await Person.at(browser, base, "olga")).signUp();
  guest = await Person.at(browser, base, "gus", { size: PHONE, dark: true });
});
afterAll(async () => {
  expect([...owner.complaints, ...guest.complaints]).toEqual([]);
  await browser.close();
  await server.stop();
});

const agree = (who: Person, name: string) =>
  who.page.getByRole("alertdialog").getByRole("button", { name, exact: true }).click();
/** Follows a link that a page shows. */
async function follow(who: Person, from: Person): Promise<void> {
  const link = new URL((await from.page.getByTestId("link").textContent()) ?? "");
  await who.go(link.pathname + link.hash);
}

test("somebody follows an invite link, makes an account by it, and is in the room", async () => {
  await owner.api("PATCH", "/admin/settings", { sign_up: "invite" });
  room = (await owner.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Choir" })).room
    .id;
  await owner.go(`/r/${room}`);
  await owner.page.getByRole("button", { name: "Details", exact: true }).first().click();
  await owner.page.getByRole("button", { name: "Invite by link" }).click();
  await owner.page.getByLabel("For how many").selectOption("one");
  await owner.page.getByRole("button", { name: "Make a link" }).click();
  await follow(guest, owner);
  await guest.page.getByRole("heading", { name: "You are invited to Choir" }).waitFor();
  await guest.page.getByText("Olga invites you").waitFor();
  await guest.page.getByRole("button", { name: "Create account" }).click();
  await guest.page.getByLabel("Name", { exact: true }).fill("gus");
  await guest.page.getByLabel("Display name").fill("Gus");
  await guest.page.getByLabel("Password", { exact: true }).fill("a good long password");
  await guest.page.getByRole("button", { name: "Create account" }).click();
  await guest.composer.waitFor();
  await guest.say("Hello from the back row");
  await owner.page.keyboard.press("Escape");
  await owner.message("the back row").waitFor();
});

test("a message is removed, and its author reads why", async () => {
  const row = owner.message("the back row");
  await row.focus();
  await row.press("Enter");
  await owner.page.getByRole("menuitem", { name: "Remove as administrator" }).click();
  await owner.page.getByLabel("Reason").fill("Too loud");
  await owner.page.getByRole("button", { name: "Remove", exact: true }).click();
  await guest.page.getByText("An administrator removed one of your messages: Too loud").waitFor();
  await guest.page.getByText("Removed by an administrator: Too loud").waitFor();
  await owner.page.getByText("Message deleted").first().waitFor();
  await expect.poll(() => owner.page.getByText("Too loud").count()).toBe(0);
});

test("a room is archived: it can be read and not written in", async () => {
  await owner.go(`/admin/rooms/${room}`);
  await owner.page.getByRole("button", { name: "Archive", exact: true }).click();
  await agree(owner, "Archive");
  await guest.page.getByText("This room is archived").waitFor();
  await owner.page.getByRole("button", { name: "Open for writing again" }).click();
  await guest.composer.waitFor();
});

interface Said {
  readonly id: string;
  readonly seq: number;
  readonly text: string;
}

test("a message is reported, and removed from the list that the administrators have", async () => {
  const others = await Person.at(browser, `http://${server.host}`, "hanna");
  const { token } = await owner.api<{ token: string }>("POST", "/admin/invites", {});
  await others.go(`/join#${token}`);
  await others.page.getByRole("button", { name: "Create account" }).click();
  await others.page.getByLabel("Name", { exact: true }).fill("hanna");
  await others.page.getByLabel("Password", { exact: true }).fill("a good long password");
  await others.page.getByRole("button", { name: "Create account" }).click();
  await others.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  // A group that the owner is not in.
  const users = await others.api<{ items: { id: string; name: string }[] }>("GET", "/users?q=gus");
  const attic = (
    await others.api<{ room: { id: string } }>("POST", "/rooms", {
      kind: "group",
      name: "Attic",
      members: users.items.map((u) => u.id),
    })
  ).room.id;
  await guest.go(`/r/${attic}`);
  await guest.say("You are all fools");
  await others.go(`/r/${attic}`);
  const row = others.message("all fools");
  await row.focus();
  await row.press("Enter");
  await others.page.getByRole("menuitem", { name: "Report to the administrators" }).click();
  await others.page.getByText("Nobody else learns of it").waitFor();
  expect(await axe(others.page)).toEqual([]);
  // The owner looks on, wherever they are: what waits is counted before their eyes.
  const gear = owner.page.getByRole("button", { name: /Settings ?, 1 report waits to be looked at$/ });
  const door = owner.page.getByRole("button", { name: /^Administer this server ?, 1 report waits to be looked at$/ });
  await owner.go("/settings");
  await owner.page.getByRole("button", { name: "Administer this server", exact: true }).waitFor();
  const tab = owner.page.getByRole("link", { name: /^Messages ?, 1 report waits to be looked at$/ });
  await others.page.getByLabel("Reason").fill("He insults us");
  await others.page.getByRole("button", { name: "Report", exact: true }).click();
  await others.page.getByText("Reported. The administrators will look at it.").waitFor();

  await gear.waitFor();
  await door.waitFor();
  expect(await axe(owner.page)).toEqual([]);
  await door.click();
  await tab.waitFor();
  await owner.page.getByRole("link", { name: "1 report waits to be looked at", exact: true }).click();
  const reports = owner.page.getByRole("region", { name: "Reports" });
  await reports.getByText("You are all fools").waitFor();
  await reports.getByText("He insults us").waitFor();
  await reports.getByText("what was said around it is for its members alone").waitFor();
  expect(await reports.getByRole("link", { name: "Read it where it was said" }).count()).toBe(0);
  expect(await axe(owner.page)).toEqual([]);
  await reports.getByRole("button", { name: "Remove…" }).click();
  await owner.page.getByLabel("Reason").fill("Insults");
  await owner.page.getByRole("button", { name: "Remove", exact: true }).click();
  await reports.getByText("Nothing was reported.").waitFor();
  await expect.poll(async () => (await tab.count()) + (await gear.count())).toBe(0);
  await guest.page.getByText("Removed by an administrator: Insults").waitFor();
  await others.page.getByText("Message deleted").first().waitFor();

  // What stands in open rooms is found by words, without a report.
  const market = (
    await others.api<{ room: { id: string } }>("POST", "/rooms", { kind: "open", name: "Market" })
  ).room.id;
  for (const [i, text] of ["Fresh bread", "Cheap **watches**, no _tricks_"].entries())
    await others.api("POST", `/rooms/${market}/messages`, { client_id: `m${String(i)}`, text });
  await owner.page.getByLabel("Find messages").fill("watches");
  const found = owner.page.getByTestId("messages");
  await found.getByText("Cheap").first().waitFor();
  await expect.poll(() => found.getByText("Fresh bread").count()).toBe(0);
  // As people read it, and found in a room that is offered by its name, though the owner is not in there.
  await found.getByText("Cheap watches, no tricks", { exact: true }).waitFor();
  const box = owner.page.getByLabel("Find messages");
  await box.fill("watches in:mar");
  await found.getByRole("button", { name: "Market" }).waitFor();
  expect(await axe(owner.page)).toEqual([]);
  await box.press("ArrowDown");
  await owner.page.keyboard.press("Enter");
  await expect.poll(() => box.inputValue()).toBe("watches in:Market ");
  await box.pressSequentially("from:han");
  await found.getByRole("button", { name: "hanna @hanna" }).click();
  await expect.poll(() => box.inputValue()).toBe("watches in:Market from:hanna ");
  await found.getByText("Cheap watches, no tricks", { exact: true }).waitFor();
  await found.getByRole("button", { name: "Remove the message of hanna" }).click();
  await owner.page.getByLabel("Reason").fill("Advertising");
  await owner.page.getByRole("button", { name: "Remove", exact: true }).click();
  await found.getByText("No such messages.").waitFor();

  // What was reported stays to be read, however its author changes it; from there one gets to who wrote it.
  await guest.api("POST", `/rooms/${market}/members`, { user: users.items[0]!.id });
  const bread = (await guest.api<{ messages: Said[] }>("GET", `/rooms/${market}/messages`)).messages.find(
    (m) => m.text === "Fresh bread",
  )!;
  await guest.api("POST", `/rooms/${market}/messages/${bread.id}/report`, { reason: "It is stale" });
  await tab.waitFor();
  // It stands at the gear of whoever is made an admin, and no longer than they are one.
  const count = guest.page.getByText(", 1 report waits to be looked at");
  const { id: gus } = users.items[0]!;
  await guest.go("/");
  await guest.page.getByRole("button", { name: /Settings$/ }).waitFor();
  await owner.api("PATCH", `/admin/users/${gus}`, { role: "admin" });
  await count.waitFor({ state: "attached" });
  expect(await axe(guest.page)).toEqual([]);
  await owner.api("PATCH", `/admin/users/${gus}`, { role: "member" });
  await expect.poll(() => count.count()).toBe(0);
  await others.api("PATCH", `/rooms/${market}/messages/${bread.id}`, { text: "Good morning" });
  await owner.go("/admin/messages");
  await reports.getByText("Fresh bread").waitFor();
  await reports.getByText("Edited since it was reported").waitFor();
  expect(await axe(owner.page)).toEqual([]);
  await reports.getByRole("link", { name: "hanna" }).click();
  await owner.page.getByRole("button", { name: "Disable the account" }).waitFor();
  await owner.page.goBack();
  await tab.waitFor();
  // Whoever is in the room gets to where it stands.
  await reports.getByText("what was said around it").waitFor();
  const { id: me } = (await owner.api<{ user: { id: string } }>("GET", "/session")).user;
  await owner.api("POST", `/rooms/${market}/members`, { user: me });
  await owner.page.reload();
  await reports.getByRole("link", { name: "Read it where it was said" }).click();
  await owner.message("Good morning").waitFor();
  expect(new URL(owner.page.url()).pathname).toBe(`/r/${market}/${String(bread.seq)}`);
  await owner.page.goBack();
  await reports.getByRole("button", { name: "Leave it and settle" }).click();
  await expect.poll(() => tab.count()).toBe(0);
  await reports.getByText("Nothing was reported.").waitFor();

  // A whisper is reported by whoever heard it, and says that it was one.
  await others.api("POST", `/rooms/${market}/whispers`, { client_id: "w", to: users.items[0]!.id, text: "Come alone" });
  await guest.go(`/r/${market}`);
  const heard = guest.page.getByTestId("whisper").filter({ hasText: "Come alone" });
  await heard.getByRole("button", { name: "Report to the administrators" }).click();
  await guest.page.getByLabel("Reason").fill("It frightens me");
  await guest.page.getByRole("button", { name: "Report", exact: true }).click();
  await guest.page.getByText("Reported. The administrators will look at it.").waitFor();
  await reports.getByText("Come alone").waitFor(); // without a reload, for nothing was there
  await reports.getByText("Whispered: nobody but the two of them could read it.").waitFor();
  // What comes now moves nothing away under the hand.
  await guest.api("POST", `/rooms/${market}/messages/${bread.id}/report`, { reason: "Still stale" });
  await reports.getByText("The list has changed.").waitFor();
  expect(await reports.getByText("Still stale").count()).toBe(0);
  expect(await axe(owner.page)).toEqual([]);
  await reports.getByRole("button", { name: "Show it anew" }).click();
  await reports.getByText("Still stale").waitFor();
  await reports.getByRole("button", { name: "Leave it and settle" }).first().click();
  await expect.poll(() => reports.getByText("Still stale").count()).toBe(0);
  expect(await reports.getByText("The list has changed.").count()).toBe(0);
  await reports.getByRole("button", { name: "Leave it and settle" }).click();
  await reports.getByText("Nothing was reported.").waitFor();
  expect(others.complaints).toEqual([]);
  await others.page.context().close();
});

test("somebody is shut out at once, and comes back by a link for a new password", async () => {
  await owner.go("/admin/people");
  await owner.page.getByTestId("admin").getByRole("link", { name: /Gus/ }).click();
  await owner.page.getByRole("button", { name: "Disable the account" }).click();
  await agree(owner, "Disable the account");
  await guest.page.getByText("Your session has ended").waitFor();
  await owner.page.getByRole("button", { name: "Enable the account" }).click();
  await owner.page.getByRole("button", { name: "Disable the account" }).waitFor();
  await owner.page.getByRole("button", { name: "Make a link for a new password" }).click();
  await follow(guest, owner);
  await guest.page.getByRole("heading", { name: "New password for Gus" }).waitFor();
  await guest.page.getByLabel("New password").fill("quite another password");
  await guest.page.getByRole("button", { name: "Set the password" }).click();
  await guest.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
});

test("people who are here are so, a browser is called by its name, and so is the server", async () => {
  await owner.go("/admin/people");
  const row = owner.page.getByRole("row").filter({ hasText: "Gus" });
  await row.getByText("Online", { exact: true }).waitFor();
  await row.getByRole("link").click();
  await owner.page.getByText("Chrome on Linux", { exact: true }).first().waitFor();
  await owner.api("PATCH", "/admin/settings", { name: "Haus & Hof" });
  await owner.page.reload();
  await expect.poll(() => owner.page.title()).toBe("Haus & Hof");
  const manifest = await owner.page.evaluate(
    async () =>
      (await fetch("/manifest.webmanifest")).json() as Promise<{ name: string; short_name: string }>,
  );
  expect([manifest.name, manifest.short_name]).toEqual(["Haus & Hof", "Haus & Hof"]);
  const stranger = await Person.at(browser, `http://${server.host}`, "strange");
  await stranger.go("/signin");
  await expect.poll(() => stranger.page.title()).toBe("Haus & Hof");
  await stranger.page.context().close();
  await owner.api("PATCH", "/admin/settings", { name: "Confab" });
});

test("the server gets a picture, which stands above the conversations and where people sign in", async () => {
  const pictures = (who: Person) =>
    who.page
      .locator('img[src*="/server/picture/"]')
      .evaluateAll((all) => all.filter((i) => (i as HTMLImageElement).naturalWidth > 0).length);
  await owner.go("/admin/settings");
  await owner.page.getByText("Picture of the server").waitFor();
  expect(await pictures(owner)).toBe(0);
  await owner.page
    .locator('input[type="file"]')
    .setInputFiles({ name: "us.png", mimeType: "image/png", buffer: png(600, 400) });
  await owner.page.getByRole("button", { name: "Use this picture" }).click();
  await owner.page.getByRole("button", { name: "Change the picture" }).waitFor();
  await expect.poll(() => pictures(owner)).toBe(2);
  const stranger = await Person.at(browser, `http://${server.host}`, "strange");
  await stranger.go("/signin");
  await stranger.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await expect.poll(() => pictures(stranger)).toBe(1);
  expect(await axe(stranger.page)).toEqual([]);
  expect(stranger.complaints).toEqual([]);
  await stranger.page.context().close();
  await owner.page.getByRole("button", { name: "Remove it" }).click();
  await expect.poll(() => pictures(owner)).toBe(0);
});

test("all of it is in the audit log, and for everybody else there is no such place", async () => {
  await owner.page.getByRole("link", { name: "Audit log" }).click();
  for (const act of ["New password set by a link", "Account disabled", "Room archived", "Message removed"]) {
    await owner.page.getByRole("cell").getByText(act).first().waitFor();
  }
  await owner.page.getByLabel("Act").selectOption("message_removed");
  await owner.page.getByRole("cell").getByText("reason: Too loud").waitFor();
  await expect.poll(() => owner.page.getByRole("row").count()).toBe(4);
  await guest.go("/admin");
  await guest.page.getByText("There is nothing here").waitFor();
});
