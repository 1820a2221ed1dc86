/* Channels chat's story: a group and its members, and one box that finds people, rooms and messages, and nothing that one may not
 * see. */
import { LIST, message, SEARCH, text, the } from "../engines/someone";
import type { Scene } from "./scene";

export async function search({ mara, jonas }: Scene): Promise<void> {
  await Promise.all([mara.arrive(), jonas.arrive()]);
  await mara.makeRoom("Harbour");
  await mara.see(text("This is where Harbour begins"));
  await mara.say("The **lighthouse** keeper rows at dawn");
  const room = await mara.tab.run<string>("return location.pathname.split('/')[2];");
  for (let i = 1; i <= 70; i++) await mara.api("POST", `/rooms/${room}/messages`, { client_id: `wave${String(i)}`, text: `wave ${String(i)} of the tide` });
  await mara.details();
  await mara.button("Add people");
  await mara.button(/@jonas/, the("dialog"));
  await mara.see(text("Added", the("dialog")));
  const { room: vault } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Vault of the lighthouse" });
  await mara.api("POST", `/rooms/${vault.id}/messages`, { client_id: "secret", text: "The lighthouse is sold" });

  // Rooms and people by their names, with a slip of the fingers; messages by their words.
  await jonas.see(the("link", /^.*Harbour/, LIST));
  await jonas.fill(SEARCH, "harb");
  await jonas.see(the("link", /Harbour/, LIST));
  await jonas.fill(SEARCH, "mraa");
  await jonas.see(the("button", /@mara$/, LIST));
  await jonas.fill(SEARCH, "lighthouse from:mara");
  await jonas.see(the("mark", "lighthouse", LIST));
  await jonas.see(the("link", /rows at dawn/, LIST));
  await jonas.gone(the("link", /is sold|Vault/, LIST));
  await jonas.tap(the("link", /rows at dawn/, LIST));
  await jonas.see(message("rows at dawn"));
  await jonas.see(message("wave 1 of the tide"));
  if (jonas.narrow) await jonas.button("Back");

  // What one may not see is not there, however one asks.
  for (const words of ["vault", "sold", "sold in:vault"]) {
    await jonas.fill(SEARCH, words);
    await jonas.see(text(/^Nothing found$|^You are in no room of this name/));
  }
  await jonas.go(`/r/${vault.id}`);
  await jonas.see(text("There is nothing here"));
  await mara.press("Escape");
  await mara.gone(the("dialog"));
  if (mara.narrow) {
    await mara.button("Back");
    await mara.button("Back");
  }
  await mara.fill(SEARCH, "sold");
  await mara.see(the("link", /is sold/, LIST));
}
