/* Dialog's stories: a group from its making to its end, with those who come into it and go; a room that is gone when the last one
 * leaves; what people show of themselves. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { png } from "../../../tests/wire/harness/pictures";
import { composer, HOME, LIST, LOG, message, PASSWORD, SETTINGS, text, the, type Someone } from "../engines/someone";
import type { Scene } from "./scene";

const DIALOG = the("dialog");
const NAME = "Choir of the lake";

/** Cut as it is offered. */
async function picture(one: Someone): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "confab-picture-"));
  const file = join(folder, "picture.png");
  writeFileSync(file, png(600, 400));
  await one.upload(file);
  await one.button("Use this picture");
  await one.see(the("button", "Change the picture"));
  rmSync(folder, { recursive: true });
}

/** A picture that has come, not its place alone. */
async function seesPicture(one: Someone, within: string): Promise<void> {
  await one.look(the(`${within} img`), "e.naturalWidth > 0 || undefined");
}

async function edit(one: Someone): Promise<void> {
  await one.details();
  await one.button("Change name and topic");
}

async function member(one: Someone, name: string, deed: string): Promise<void> {
  await one.details();
  await one.button(`Actions for ${name}`);
  await one.tap(the("menuitem", deed));
}

export async function team({ mara, jonas }: Scene): Promise<void> {
  await mara.arrive();
  await mara.makeRoom("Choir", { topic: "Tuesdays at seven" });
  await edit(mara);
  await picture(mara);
  await mara.fill(the("textbox", "Name", DIALOG), NAME);
  await mara.button("Save", DIALOG);
  await mara.gone(DIALOG);

  // Somebody new follows a link, and is in it.
  await mara.button("Invite by link");
  await mara.button("Make a link");
  const link = new URL(await mara.look<string>(the("[data-testid=link]"), "e.textContent"));
  await jonas.go(link.pathname + link.hash);
  await jonas.see(the("heading", `You are invited to ${NAME}`));
  await jonas.button("Create account");
  await jonas.fill(the("textbox", "Name"), "jonas");
  await jonas.fill(the("textbox", /^Display name/), "Jonas");
  await jonas.fill(the("textbox", "Password"), PASSWORD);
  await jonas.button("Create account");
  await jonas.see(composer(`Message to ${NAME}`));
  await seesPicture(jonas, "header");
  await jonas.see(text(`Mara named the room ${NAME}`, LOG));
  await jonas.see(text(/^Mara changed the room’s picture$/, LOG));
  await jonas.say("Hello from the back row");
  await mara.press("Escape");
  await mara.gone(DIALOG);
  await mara.leaveDetails();
  await mara.see(message("Hello from the back row"));
  await mara.see(text("Jonas joined", LOG));

  // An admin may describe it, too.
  await member(mara, "Jonas", "Make an admin");
  await jonas.see(text("Mara made Jonas an admin", LOG));
  await edit(jonas);
  await jonas.fill(the("textbox", "Topic", DIALOG), "Wednesdays at eight");
  await jonas.button("Save", DIALOG);
  await jonas.gone(DIALOG);
  await jonas.leaveDetails();
  await mara.leaveDetails();
  await mara.see(text("Jonas changed the topic to “Wednesdays at eight”", LOG));

  // A word for one of those who are there.
  await mara.details();
  await mara.see(text(/2 here/));
  await member(mara, "Jonas", "Whisper");
  await mara.fill(composer("Whisper to Jonas"), "Meet me at the lake");
  await mara.button("Send");
  await jonas.see(text("Only you and Mara see this", the("[data-testid=whisper]", /Meet me at the lake/)));

  await member(mara, "Jonas", "Remove from the room");
  await mara.agree("Remove from the room");
  await mara.leaveDetails();
  await mara.see(text("Mara removed Jonas", LOG));
  await jonas.go("/");
  await jonas.see(HOME);
  await jonas.gone(the("link", new RegExp(NAME), LIST));
  await mara.details();
  await mara.button("Delete the room");
  await mara.agree("Delete the room");
  await mara.see(HOME);
  await mara.gone(the("link", new RegExp(NAME), LIST));
}

export async function passing({ mara, jonas }: Scene): Promise<void> {
  await Promise.all([mara.arrive(), jonas.arrive()]);
  await jonas.tap(SETTINGS);
  await picture(jonas);
  await jonas.fill(the("textbox", /^About you/), "Gardens and mountains");
  await jonas.button("Save");
  await jonas.see(text("Saved"));
  if (jonas.narrow) await jonas.button("Back");
  await mara.talkTo(jonas);
  await seesPicture(mara, "header");
  await mara.details();
  await mara.tap(the("link", "Profile"));
  await mara.see(text("Gardens and mountains"));
  await mara.go("/");

  await mara.makeRoom("Coffee corner", { who: /^Passing/, listed: true });
  await mara.see(text(/^Nothing said here is kept/));
  await jonas.button("Browse open rooms");
  await jonas.button("Enter Coffee corner");
  await jonas.see(text(/^Nothing said here is kept/));
  await mara.see(text("Jonas came in", LOG));
  await mara.say("Only for now");
  await jonas.see(message("Only for now"));
  await jonas.button("Leave the room");
  await mara.see(text("Jonas left", LOG));
  const address = await mara.tab.run<string>("return location.pathname;");
  await mara.button("Leave the room");
  await mara.see(HOME);
  await jonas.go(address);
  await jonas.see(text("This room is gone"));
  expect(await jonas.count(message("Only for now"))).toBe(0);
}
