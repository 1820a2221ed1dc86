/* phoenixChat's story: everybody signs up, sees the people, picks one, and the two talk; what is written to somebody who is
 * away is there when they come back. */
import { expect } from "vitest";
import { composer, HOME, LIST, LOG, message, PASSWORD, text, the } from "../engines/someone";
import type { Scene } from "./scene";

export async function threads({ mara, jonas }: Scene): Promise<void> {
  await Promise.all([mara.signUp(), jonas.signUp()]);
  await mara.button("New conversation");
  await mara.button(/@jonas$/, the("dialog"));
  await mara.see(composer("Message to Jonas"));
  await mara.say("Hello Jonas");
  await jonas.openConversation("Mara");
  await jonas.see(message("Hello Jonas"));

  // Both at once, and both see the same.
  await Promise.all([mara.say("I write while you write"), jonas.say("And so do I")]);
  for (const one of [mara, jonas]) for (const words of ["I write while you write", "And so do I"]) await one.see(message(words));
  const order = "[...e.querySelectorAll('article')].map((a) => /I write|And so/.exec(a.textContent)?.[0]).filter(Boolean)";
  expect(await mara.look<string[]>(LOG, order)).toEqual(await jonas.look<string[]>(LOG, order));
  await mara.see(text("Seen", message("I write while you write")));

  // He is gone; what she writes is kept for him.
  await jonas.away();
  await mara.say("Are you there?");
  await mara.say("Then read it later");
  await mara.see(text(/^(Sent|Seen)$/, message("Then read it later")));
  expect(await mara.count(text("Seen", message("Then read it later")))).toBe(0);
  await jonas.go("/");
  await jonas.see(HOME);
  await jonas.see(text("2 unread messages"));
  await jonas.openConversation("Mara");
  for (const words of ["Hello Jonas", "Are you there?", "Then read it later"]) await jonas.see(message(words));
  await mara.see(text("Seen", message("Then read it later")));
}

/** The same with one of them at the keyboard alone: no pointer, and no focus but where keys bring it. */
export async function threadsByKeyboard({ mara, jonas }: Scene): Promise<void> {
  await Promise.all([mara.go("/signup"), jonas.signUp()]);
  await mara.see(the("button", "Create account"));
  await mara.tabTo(/^Name$/);
  await mara.tab.type("mara");
  await mara.tabTo(/^Display name/);
  await mara.tab.type("Mara");
  await mara.tabTo(/^Password$/);
  await mara.tab.type(PASSWORD);
  await mara.press("Enter");
  await mara.see(HOME);
  await mara.tabTo(/^New conversation$/);
  await mara.press("Enter");
  await mara.stands(/^Find people$/);
  await mara.see(the("button", /@jonas$/, the("dialog")));
  await mara.tabTo(/^Make a room for several$/);
  await mara.press("End");
  await mara.stands(/@jonas$/);
  await mara.press("Enter");
  await mara.stands(/^Message to Jonas$/);
  await mara.tab.type("No mouse today");
  await mara.press("Enter");
  await jonas.openConversation("Mara");
  await jonas.see(message("No mouse today"));
  await jonas.say("Which one broke?");
  await mara.see(message("Which one broke?"));

  // To the messages, up to his, and its own key.
  for (let i = 0; i < 20 && (await mara.focused()) !== "Messages in Jonas"; i++) await mara.press("Shift+Tab");
  await mara.press("ArrowUp");
  await mara.stands(/^Jonas, /);
  await mara.press("r");
  await mara.see(text("Reply to Jonas"));
  await mara.stands(/^Message to Jonas$/);
  await mara.tab.type("The grey one");
  await mara.press("Enter");
  await jonas.see(the("button", /Which one broke/, message("The grey one")));
  await mara.see(text("Seen", message("The grey one")));

  // She is gone, and comes back to what he wrote.
  await mara.away();
  await jonas.say("I have another for you");
  await jonas.see(text("Sent", message("I have another")));
  await mara.go("/");
  await mara.see(text("1 unread message"));
  await mara.press("Control+k");
  await mara.stands(/^Search people and rooms/);
  await mara.tab.type("jonas");
  await mara.see(the("link", /Jonas/, LIST));
  await mara.press("ArrowDown");
  await mara.stands(/I have another for you/);
  await mara.press("Enter");
  await mara.stands(/^Message to Jonas$/);
  await mara.see(message("I have another for you"));
  await jonas.see(text("Seen", message("I have another")));
}
