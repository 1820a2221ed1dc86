/* Takes the pictures of the docs: the README's three, and every screen that there is; see pictures.test.ts. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CDPSession, Page } from "playwright-core";
import { Server } from "../../tests/wire/harness/server";
import { DESK, launch, Person, PHONE, settled } from "./chromium";
import { DEVICES, fileOf, LEFT_OUT, page as pageOfScreens, pictured, SCHEMES, type Device } from "./page";
import { tour, type Content } from "./tour";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const FOLDER = `${DOCS}pictures/`;
const SCREENS = `${DOCS}screens/`;
/** Of WebP; a hundred of each kind shall fit into a few megabytes. */
const QUALITY = 60;
const PATIENCE_MS = 3_000;

/** As extremes would fill the screens, so does what people say. */
const TALK: Content = {
  lena: "Lena",
  address: "https://example.org/huts/by-the-glacier",
  agreed: "Agreed, then I book the hut today",
  long: "Reading circle",
  line: (n) => `${["So much for chapter", "I have read as far as", "Who else is at", "No spoilers please: I am at"][n % 4] ?? ""} ${String(n)}`,
};

/** In the page, before all else: clocks stand where they began, going on by whole quarters of an hour, and no caret blinks. */
const STILL = `(() => {
  const began = ${String(Date.now())}, shown = new Date(2026, 4, 16, 9, 41).getTime(), quarter = 900_000;
  const { prototype } = Intl.DateTimeFormat;
  const format = Object.getOwnPropertyDescriptor(prototype, "format").get;
  const { formatToParts } = prototype;
  const then = (at) => new Date(shown + Math.floor((Number(at ?? Date.now()) - began) / quarter) * quarter);
  Object.defineProperty(prototype, "format", { get() { const own = format.call(this); return (at) => own(then(at)); } });
  prototype.formatToParts = function (at) { return formatToParts.call(this, then(at)); };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { caret-color: transparent !important }");
  document.adoptedStyleSheets = [sheet];
})()`;

export async function takePictures(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const server = await Server.start();
  const browser = await launch();
  try {
    const at = async (name: string, looks = {}) => {
      const who = await Person.at(browser, `http://${server.host}`, name, looks);
      await who.context.addInitScript({ content: STILL });
      return who.signUp();
    };
    const mara = await at("mara");
    const jonas = await at("jonas", { size: PHONE, dark: true });
    const lena = await at("lena", { dark: true });
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

/** Until what is on its way has come; where that is just what a stop shows, it is waited for in vain. */
async function arrived(page: Page): Promise<void> {
  await page.locator(".skeleton").first().waitFor({ state: "detached", timeout: PATIENCE_MS }).catch(() => undefined);
  await page.waitForFunction(() => [...document.images].every((i) => i.complete));
}

/** Each stop of the tour, light and dark. One that can't be reached keeps its old pictures, and the test fails. */
export async function takeScreens(device: Device): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  const browser = await launch();
  // For WebP, which is a quarter of a PNG. One for the whole way: at its end the network would be another.
  let debug: CDPSession;
  try {
    await tour(
      async (base) => {
        const me = await Person.at(browser, base, "mara", { size: device === "desk" ? DESK : PHONE, still: true });
        await me.context.addInitScript({ content: STILL });
        debug = await me.context.newCDPSession(me.page);
        return me;
      },
      async (stop, me) => {
        if (stop in LEFT_OUT) return;
        await me.page.mouse.move(0, 0);
        await arrived(me.page);
        for (const colorScheme of SCHEMES) {
          await me.page.emulateMedia({ colorScheme });
          await settled(me.page);
          const { data } = await debug.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
          writeFileSync(SCREENS + fileOf(stop, device, colorScheme), data, "base64");
        }
      },
      TALK,
    );
  } finally {
    await browser.close();
  }
}

/** The page that shows them; pictures of stops that are no more go. */
export function finish(): void {
  writeFileSync(`${DOCS}screens.md`, pageOfScreens());
  const wanted = new Set(pictured().flatMap((stop) => DEVICES.flatMap((d) => SCHEMES.map((s) => fileOf(stop, d, s)))));
  for (const file of readdirSync(SCREENS)) if (!wanted.has(file)) rmSync(SCREENS + file);
}
