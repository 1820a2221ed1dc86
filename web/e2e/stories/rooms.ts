/* ChatApp's story: the pages that ask one in, a list of rooms, the latest of what was said and more as one scrolls, what a program
 * posts over HTTP, and the administrators' site. */
import { expect } from "vitest";
import { HOME, LIST, LOG, message, PASSWORD, SETTINGS, text, the } from "../engines/someone";
import { Guest } from "../tour";
import type { Scene } from "./scene";

const LINES = 120;
const LATEST = 25;

export async function rooms({ server, mara, jonas }: Scene): Promise<void> {
  await mara.go("/");
  await mara.see(text("Talk with your people, on a server that is yours."));
  await mara.signUp();
  await jonas.signUp();
  await jonas.tap(SETTINGS);
  await jonas.button("Sign out");
  await jonas.see(the("heading", "Welcome back"));
  await jonas.fill(the("textbox", "Name"), "jonas");
  await jonas.fill(the("textbox", "Password"), PASSWORD);
  await jonas.button("Sign in");
  await jonas.see(HOME);

  await mara.makeRoom("Town square", { who: /^Anyone on this server/ });
  await mara.see(text("This is where Town square begins"));
  const room = await mara.tab.run<string>("return location.pathname.split('/')[2];");
  const robot = await Guest.signUp(`http://${server.host}`, "robot", "Robot");
  await robot.post(`rooms/${room}/members`, { user: robot.id });
  for (let i = 1; i <= LINES; i++) await robot.say(room, `line ${String(i)} of many`);
  await jonas.button("Browse open rooms");
  await jonas.button("Join Town square");
  for (let i = 0; i < LATEST; i++) await jonas.see(message(`line ${String(LINES - i)} of many`));
  expect(await jonas.count(message("line 1 of many"))).toBe(0);
  await jonas.scrollTo(message("line 1 of many"), LOG);
  await jonas.button("Jump to the latest messages");
  await jonas.see(message(`line ${String(LINES)} of many`));
  await robot.say(room, "One more, over HTTP");
  for (const one of [mara, jonas]) await one.see(message("One more, over HTTP"));

  await mara.home();
  await mara.tap(SETTINGS);
  await mara.button("Administer this server");
  await mara.tap(the("link", "People"));
  await mara.see(the("link", /@robot$/));
  await mara.fill(the("searchbox", "Find people"), "jonas");
  await mara.gone(the("link", /@robot$/));
  await mara.tap(the("link", /@jonas$/, the("table")));
  await mara.button("Disable the account");
  await mara.agree("Disable the account");
  await jonas.see(text("Your session has ended. Please sign in again."));
  await mara.see(the("button", "Enable the account"));
  await jonas.fill(the("textbox", "Name"), "jonas");
  await jonas.fill(the("textbox", "Password"), PASSWORD);
  await jonas.button("Sign in");
  await jonas.see(the("alert"));
  expect(await jonas.count(LIST)).toBe(0);
}
