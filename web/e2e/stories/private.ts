/* Private Chat's story: two write to each other; messages and read marks come by themselves, the list tells who wrote last and
 * how many are unread, and what was written is deleted, for oneself or for everybody. */
import { LIST, message, text, the } from "../engines/someone";
import type { Scene } from "./scene";

export async function privateChat({ mara, jonas }: Scene): Promise<void> {
  await Promise.all([mara.arrive(), jonas.arrive()]);
  await mara.talkTo(jonas);
  await mara.say("Hello Jonas");
  await jonas.see(the("link", /Mara.*Hello Jonas.*1 unread message$/, LIST));
  await mara.say("Are you well?");
  await jonas.see(the("link", /Mara.*Are you well\?.*2 unread messages$/, LIST));
  await mara.see(text("Sent", message("Are you well?")));
  await jonas.openConversation("Mara");
  await mara.see(text("Seen", message("Are you well?")));
  await jonas.say("Very well, and you?");
  await mara.see(message("Very well, and you?"));
  await jonas.see(text("Seen", message("Very well")));
  await mara.home();
  await mara.see(the("link", /Jonas.*Very well, and you\?$/, LIST));
  await jonas.say("Tell me");
  await mara.see(the("link", /Jonas.*Tell me/, LIST));
  await jonas.home();
  await jonas.see(the("link", /Mara.*You: Tell me$/, LIST));

  for (const [one, other] of [[mara, "Jonas"], [jonas, "Mara"]] as const) await one.openConversation(other);
  await mara.choose("Very well", "Delete for me");
  await mara.see(text(/Everybody else still sees it/));
  await mara.agree("Delete for me");
  await mara.gone(message("Very well"));
  await jonas.see(message("Very well"));
  await mara.choose("Are you well?", "Delete for everybody");
  await mara.agree("Delete for everybody");
  await jonas.see(message("Message deleted"));
  await jonas.gone(message("Are you well?"));
  await mara.gone(message("Are you well?"));
}
