/* Takes the pictures of docs/pictures; see pictures.test.ts. */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Server } from "../../tests/wire/harness/server";
import { launch, Person, PHONE } from "./chromium";

const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

export async function takePictures(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const server = await Server.start();
  const browser = await launch();
  try {
    const base = `http://${server.host}`;
    const mara = await (await Person.at(browser, base, "mara")).signUp();
    const jonas = await (await Person.at(browser, base, "jonas", { size: PHONE, dark: true })).signUp();
    const lena = await (await Person.at(browser, base, "lena", { dark: true })).signUp();
    const ids = [];
    for (const p of [jonas, lena]) ids.push((await p.api<{ id: string }>("GET", "/me")).id);
    let n = 0;
    const say = (who: Person, room: string, text: string, more: object = {}) =>
      who.api<{ seq: number }>("POST", `/rooms/${room}/messages`, { client_id: `p${String(++n)}`, text, ...more });
    const make = async (body: unknown) => (await mara.api<{ room: { id: string } }>("POST", "/rooms", body)).room.id;
    const garden = await make({ kind: "open", name: "Garden", topic: "What grows, and who waters it", members: ids });
    await say(lena, garden, "The tomatoes are in. Please water on **Thursday**.");
    const direct = await make({ kind: "direct", user: ids[0] });
    await say(jonas, direct, "Are you bringing the stove?");
    const trip = await make({ kind: "group", name: "Summer trip", topic: "Where, when, and who brings the tent", members: ids });
    const asked = await say(mara, trip, "Lake or **mountains** this year?");
    await say(jonas, trip, "Mountains, please. I found a hut:\n\n- 12 beds\n- a wood stove\n- no signal at all");
    await say(lena, trip, "_No signal at all_ sounds perfect.");
    await say(mara, trip, "Then the mountains it is", { reply_to: asked.seq });
    await say(jonas, trip, "The bus up there:\n\n```\n09:12  station\n11:40  valley\n```");
    await say(lena, trip, "I bring the tent ⛺ and the maps: https://example.org/maps");
    for (const p of [mara, jonas, lena]) {
      await p.go(`/r/${trip}`);
      await p.message("I bring the tent").waitFor();
    }
    await mara.page.getByTestId("seen").first().waitFor({ state: "attached" });
    await mara.page.screenshot({ path: `${FOLDER}confab.png` });
    await lena.page.getByRole("button", { name: "Details", exact: true }).first().click();
    await lena.page.getByTestId("details").getByText("Mara").first().waitFor();
    await lena.page.screenshot({ path: `${FOLDER}dark.png` });
    await jonas.page.screenshot({ path: `${FOLDER}phone.png` });
  } finally {
    await browser.close();
    await server.stop();
  }
}
