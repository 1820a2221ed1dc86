/* What one writes in goes to whom it was meant for: the draft, whispers, changes of what was said, and what could not be sent. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { launch, Person } from "./chromium";

let browser: Browser, server: Server;
let mara: Person, jonas: Person;
let team: string;

beforeAll(async () => {
  [browser, server] = [await launch(), await Server.start()];
  const base = `http://${server.host}`;
  mara = await (await Person.at(browser, base, "mara")).signUp();
  jonas = await (await Person.at(browser, base, "jonas")).signUp();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** A room of its own for each. */
beforeEach(async () => {
  const { id } = await jonas.api<{ id: string }>("GET", "/me");
  const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Team", members: [id] });
  team = room.id;
  for (const one of [mara, jonas]) await one.go(`/r/${team}`);
  for (const one of [mara, jonas]) await one.composer.waitFor();
});
afterEach(async () => {
  await mara.context.setOffline(false);
  expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  await mara.api("DELETE", `/rooms/${team}`);
});

const draft = async (who: Person) =>
  (await who.api<{ draft?: { text: string } }>("GET", `/rooms/${team}/entry`)).draft?.text;
const whispering = (who: Person, to: string) => who.page.getByRole("textbox", { name: `Whisper to ${to}` });
async function whisper(who: Person, to: string): Promise<void> {
  const details = who.page.getByRole("button", { name: "Details", exact: true }).first();
  if ((await who.page.getByRole("button", { name: `Actions for ${to}` }).count()) === 0) await details.click();
  await who.page.getByRole("button", { name: `Actions for ${to}` }).click();
  await who.page.getByRole("menuitem", { name: "Whisper", exact: true }).click();
  await whispering(who, to).waitFor();
}

test("a whisper has a text of its own: it never becomes the draft that all would see, nor the other way round", async () => {
  await mara.composer.fill("For all of you");
  await expect.poll(() => draft(mara)).toBe("For all of you");
  await whisper(mara, "Jonas");
  expect(await whispering(mara, "Jonas").inputValue()).toBe("");
  await whispering(mara, "Jonas").fill("For your ears");
  await mara.page.reload();
  await expect.poll(() => whispering(mara, "Jonas").inputValue()).toBe("For your ears");
  expect(await draft(mara)).toBe("For all of you");
  await whispering(mara, "Jonas").press("Enter");
  await jonas.page.getByTestId("whisper").filter({ hasText: "For your ears" }).waitFor();
  expect(await whispering(mara, "Jonas").inputValue()).toBe("");
  await whispering(mara, "Jonas").pressSequentially("half a secr");
  await whispering(mara, "Jonas").press("Escape");
  await expect.poll(() => mara.composer.inputValue()).toBe("For all of you");
  await mara.composer.press("End");
  await mara.composer.pressSequentially("!");
  await expect.poll(() => draft(mara)).toBe("For all of you!");
  await whisper(mara, "Jonas");
  await expect.poll(() => whispering(mara, "Jonas").inputValue()).toBe("half a secr");
  await mara.page.getByRole("button", { name: "Stop whispering" }).click();
  await expect.poll(() => mara.composer.inputValue()).toBe("For all of you!");
  await mara.composer.press("Enter");
  await jonas.message("For all of you!").waitFor();
  expect(await jonas.page.getByText("half a secr").count()).toBe(0);
});

test("who comes back or reloads whispers on only where something is written; else they speak to all", async () => {
  await whisper(mara, "Jonas");
  for (const line of ["Under the stairs", "Behind the clock"]) {
    await whispering(mara, "Jonas").fill(line);
    await whispering(mara, "Jonas").press("Enter");
    await jonas.page.getByTestId("whisper").filter({ hasText: line }).waitFor();
  }
  const away = async (): Promise<void> => {
    await mara.page.getByRole("button", { name: "Settings" }).click();
    await mara.page.getByRole("heading", { name: "Settings" }).first().waitFor();
    await mara.page.locator("#conversation-list").getByRole("link", { name: /Team/ }).click();
  };
  await away();
  await mara.composer.waitFor();
  await whisper(mara, "Jonas");
  await mara.go(`/r/${team}`);
  await mara.composer.waitFor();
  await mara.say("Good morning, all");
  await jonas.message("Good morning, all").waitFor();
  expect(await jonas.page.getByTestId("whisper").filter({ hasText: "Good morning" }).count()).toBe(0);
  await whisper(mara, "Jonas");
  await whispering(mara, "Jonas").fill("half a secr");
  await away();
  await expect.poll(() => whispering(mara, "Jonas").inputValue()).toBe("half a secr");
  await mara.page.reload();
  await expect.poll(() => whispering(mara, "Jonas").inputValue()).toBe("half a secr");
  expect(await draft(mara)).toBeUndefined();
});

test("a half-made change waits in its room; given up, it brings back what stood there before", async () => {
  await mara.say("The bus leaves at five");
  await mara.composer.fill("By the way");
  await mara.kept("The bus leaves at five").press("e");
  const editing = mara.page.getByText("Editing your message");
  await expect.poll(() => mara.composer.inputValue()).toBe("The bus leaves at five");
  await mara.composer.fill("The bus leaves at six");
  await mara.page.getByRole("button", { name: "Settings" }).click();
  await mara.openConversation("Team");
  await editing.waitFor();
  expect(await mara.composer.inputValue()).toBe("The bus leaves at six");
  expect(await draft(mara)).toBe("By the way");
  await mara.composer.press("Escape");
  await expect.poll(() => mara.composer.inputValue()).toBe("By the way");
  expect(await mara.message("The bus leaves at five").count()).toBe(1);
});

test("a change made without a network waits at its message, can be taken back, and else is made when there is one", async () => {
  await mara.say("Bring two chairs");
  await jonas.message("Bring two chairs").waitFor();
  const change = async (text: string): Promise<void> => {
    await mara.kept("Bring two chairs").press("e");
    await mara.composer.fill(text);
    await mara.composer.press("Enter");
    await mara.message(text).getByText("Waiting to be sent").waitFor({ state: "attached" });
    expect(await mara.composer.inputValue()).toBe("");
  };
  await mara.context.setOffline(true);
  await mara.page.getByText("You are offline").waitFor();
  await change("Bring three chairs");
  await mara.message("Bring three chairs").getByRole("button", { name: "Cancel" }).click();
  await mara.message("Bring two chairs").waitFor();
  await mara.context.setOffline(false);
  await mara.say("And a table");
  await jonas.message("And a table").waitFor();
  expect(await jonas.message("Bring two chairs").count()).toBe(1);
  await mara.context.setOffline(true);
  await mara.page.getByText("You are offline").waitFor();
  await change("Bring four chairs");
  await mara.context.setOffline(false);
  await jonas.message("Bring four chairs").waitFor();
  await expect.poll(() => mara.message("Bring four chairs").getByText("Waiting to be sent").count()).toBe(0);
});

test("what was refused as too long comes back to be shortened", async () => {
  await mara.api("PATCH", "/admin/settings", { text_chars: 100 });
  const long = "x".repeat(120);
  await mara.say(long);
  await mara.message(long).getByText("The message is too long").waitFor();
  await mara.message(long).getByRole("button", { name: "Edit" }).click();
  await expect.poll(() => mara.composer.inputValue()).toBe(long);
  await mara.page.getByText("20 characters over the limit of 100").waitFor();
  expect(await mara.message(long).count()).toBe(0);
  await mara.say("x".repeat(90));
  await jonas.message("x".repeat(90)).waitFor();
  await mara.api("PATCH", "/admin/settings", { text_chars: 8_000 });
});

test("what was read out and is deleted then leaves nothing behind", async () => {
  await jonas.say("Nobody should have read this");
  const heard = mara.page.getByTestId("arrivals");
  await expect.poll(() => heard.textContent()).toContain("Nobody should have read this");
  await jonas.kept("Nobody should have read this").press("Enter");
  await jonas.page.getByRole("menuitem", { name: "Delete for everybody" }).click();
  await jonas.page.getByRole("alertdialog").getByRole("button", { name: "Delete for everybody" }).click();
  await mara.page.getByText("Message deleted").first().waitFor();
  await expect.poll(() => mara.page.content()).not.toContain("Nobody should have read this");
});

test("who enters a passing room from the list can write at once", async () => {
  await jonas.page.getByRole("button", { name: "New conversation" }).first().click();
  await jonas.page.getByRole("button", { name: "Make a room for several" }).click();
  await jonas.page.getByRole("radio", { name: /^Passing/ }).check();
  await jonas.page.getByLabel("Name", { exact: true }).fill("Corner");
  await jonas.page.getByRole("checkbox", { name: /Show it in the list/ }).check();
  await jonas.page.getByRole("button", { name: "Make the room" }).click();
  await jonas.page.getByText("Nothing said here is kept").waitFor();
  await mara.page.getByRole("button", { name: "Browse open rooms" }).first().click();
  await mara.page.getByRole("button", { name: "Enter Corner" }).click();
  await mara.page.getByText("Nothing said here is kept").waitFor();
  await expect.poll(() => mara.page.evaluate(() => document.activeElement?.id)).toBe("composer");
  await mara.page.keyboard.type("hello there");
  await expect.poll(() => mara.composer.inputValue()).toBe("hello there");
  await mara.go("/");
});

test("a file that is dropped or pasted is not sent, and said so; the page stays", async () => {
  const told = mara.page.getByText("Files can’t be sent yet");
  const give = (type: "drop" | "dragover" | "paste") =>
    mara.composer.evaluate((area, kind) => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], "plan.txt", { type: "text/plain" }));
      const event =
        kind === "paste"
          ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
      area.dispatchEvent(event);
      return event.defaultPrevented;
    }, type);
  expect(await give("dragover")).toBe(true);
  expect(await give("drop")).toBe(true);
  await told.waitFor();
  await told.waitFor({ state: "detached" });
  expect(await give("paste")).toBe(true);
  await told.waitFor();
});
