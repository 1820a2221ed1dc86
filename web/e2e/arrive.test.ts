/* Links lead where they say, whoever follows them: past signing in and up, by an invite, and where what they led to is gone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { axe } from "./axe";
import { launch, Person, PHONE } from "./chromium";

let browser: Browser, server: Server, base: string, owner: Person;

beforeAll(async () => {
  [browser, server] = [await launch(), await Server.start()];
  base = `http://${server.host}`;
  owner = await (await Person.at(browser, base, "olga")).signUp();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const path = (who: Person): string => new URL(who.page.url()).pathname;
const arrives = (who: Person, at: string) => expect.poll(() => path(who)).toBe(at);

async function sign(who: Person, button: "Sign in" | "Create account", name = who.name): Promise<void> {
  await who.page.getByLabel("Name", { exact: true }).fill(name);
  await who.page.getByLabel("Password", { exact: true }).fill("a good long password");
  await who.page.getByRole("button", { name: button }).click();
}

test("a link that is opened signed out leads there after signing in or up; what a new person may not see is not there", async () => {
  const { room } = await owner.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Attic" });
  for (let i = 1; i <= 60; i++) await owner.api("POST", `/rooms/${room.id}/messages`, { client_id: `a${String(i)}`, text: `box ${String(i)}.` });
  const there = await Person.at(browser, base, "olga");
  await there.go(`/r/${room.id}/16`);
  await there.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  // A reload while one signs in forgets nothing.
  await there.page.reload();
  await sign(there, "Sign in");
  await arrives(there, `/r/${room.id}/16`);
  await there.page.locator("article.flash").waitFor();
  for (const page of ["/settings", "/admin/people", "/starred"]) {
    await there.context.clearCookies();
    await there.go(page);
    await there.page.getByRole("heading", { name: "Welcome back" }).waitFor();
    await sign(there, "Sign in");
    await arrives(there, page);
  }
  // Ended by somebody else, one comes back to where one was; left by oneself, one begins anew.
  await there.go(`/r/${room.id}`);
  await there.composer.waitFor();
  const { items } = await there.api<{ items: { id: string; current: boolean }[] }>("GET", "/me/sessions");
  await owner.api("DELETE", `/me/sessions/${items.find((s) => s.current)!.id}`);
  await there.page.getByText("Your session has ended").waitFor();
  await sign(there, "Sign in");
  await there.composer.waitFor();
  await arrives(there, `/r/${room.id}`);
  await there.go("/settings");
  await there.page.getByRole("button", { name: "Sign out" }).click();
  await there.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await sign(there, "Sign in");
  await arrives(there, "/");

  const fresh = await Person.at(browser, base, "nils");
  await fresh.go(`/r/${room.id}/16`);
  await fresh.page.getByRole("link", { name: "Create account" }).click();
  await sign(fresh, "Create account");
  await fresh.page.getByText("There is nothing here").waitFor();
  await arrives(fresh, `/r/${room.id}/16`);
  await there.context.close();
  await fresh.context.close();
});

test("a link to the server that one person may use leads who signs up by it to the conversations", async () => {
  const { token } = await owner.api<{ token: string }>("POST", "/admin/invites", { uses_most: 1 });
  const guest = await Person.at(browser, base, "gina", { size: PHONE });
  await guest.go(`/join#${token}`);
  await guest.page.getByRole("button", { name: "Create account" }).click();
  await sign(guest, "Create account");
  await arrives(guest, "/");
  await guest.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  await guest.context.close();
});

test("a room's invite link opens the room, for who signs up, who signs in, and who is in it already", async () => {
  const { room } = await owner.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Choir" });
  const invite = async (uses_most?: number) =>
    `/join#${(await owner.api<{ token: string }>("POST", `/rooms/${room.id}/invites`, uses_most === undefined ? {} : { uses_most })).token}`;
  const once = await invite(1);
  const ada = await Person.at(browser, base, "ada", { size: PHONE });
  await ada.go(once);
  await ada.page.getByRole("button", { name: "Create account" }).click();
  await sign(ada, "Create account");
  await ada.composer.waitFor();
  await arrives(ada, `/r/${room.id}`);
  // Used up, it still opens the room for who is in it; who isn't is told, and led on.
  await ada.go("/");
  await ada.go(once);
  await ada.page.getByRole("button", { name: "Open", exact: true }).click();
  await arrives(ada, `/r/${room.id}`);
  const eve = await Person.at(browser, base, "eve");
  await eve.go(once);
  await eve.page.getByText("has been used as often").waitFor();
  await eve.page.getByRole("button", { name: "Sign in" }).waitFor();
  await eve.context.close();

  const bob = await (await Person.at(browser, base, "bob")).signUp();
  await bob.context.clearCookies();
  await bob.go(await invite());
  await bob.page.getByRole("button", { name: "Sign in" }).click();
  await sign(bob, "Sign in");
  await bob.composer.waitFor();
  await arrives(bob, `/r/${room.id}`);
  expect([...ada.complaints, ...bob.complaints]).toEqual([]);
  await ada.context.close();
  await bob.context.close();
});

test("a link for a new password that was used, or never was, leads on", async () => {
  const { id } = await (await Person.at(browser, base, "rita")).signUp().then((r) => r.api<{ id: string }>("GET", "/me"));
  const { token } = await owner.api<{ token: string }>("POST", `/admin/users/${id}/reset`);
  const rita = await Person.at(browser, base, "rita");
  await rita.go(`/reset#${token}`);
  await rita.page.getByLabel("New password").fill("quite another password");
  await rita.page.getByRole("button", { name: "Set the password" }).click();
  await rita.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  await rita.go(`/reset#${token}`);
  await rita.page.getByRole("button", { name: "To your conversations" }).click();
  await arrives(rita, "/");
  await rita.context.clearCookies();
  await rita.go(`/reset#${"x".repeat(43)}`);
  const back = rita.page.getByRole("button", { name: "Sign in" });
  await back.waitFor();
  await expect.poll(() => rita.page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  expect(await axe(rita.page)).toEqual([]);
  await back.click();
  await rita.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await rita.context.close();
});

test("after too many tries it is said when one may try again, and whom to ask", async () => {
  const strict = await Server.start({ limits: true });
  const ida = await Person.at(browser, `http://${strict.host}`, "ida");
  await ida.signUp();
  await ida.context.clearCookies();
  await ida.go("/signin");
  await ida.page.getByText("Forgotten your password? Ask an administrator of this server").waitFor();
  for (let i = 0; i < 10; i++) await ida.api("POST", "/session", { name: "ida", password: "not the password" });
  await sign(ida, "Sign in");
  await ida.page.getByRole("alert").getByText(/^Too many tries. Try again in \d+ (seconds|minutes)\.$/).waitFor();
  expect(await axe(ida.page)).toEqual([]);
  await ida.context.close();
  await strict.stop();
});
