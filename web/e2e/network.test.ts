/* When the line or the server goes away. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { between, SOCKETS_AND_STREAMS } from "./between";
import { launch, Person } from "./chromium";

let browser: Browser, server: Server, mara: Person, jonas: Person;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});
beforeEach(async () => {
  server = await Server.start();
  mara = await (await Person.at(browser, `http://${server.host}`, "mara")).signUp();
  jonas = await (await Person.at(browser, `http://${server.host}`, "jonas")).signUp();
  await mara.talkTo("Jonas");
  await mara.say("We are connected");
  await jonas.openConversation("Mara");
  await jonas.message("We are connected").waitFor();
});
afterEach(async () => {
  await mara.context.close();
  await jonas.context.close();
  await server.stop();
});

/** The mark of a message that the room has; whoever has it on the screen may have read it by now. */
const HAS_ARRIVED = /^(Sent|Seen)$/;

test("what is written offline waits, survives a reload, and arrives once", async () => {
  await jonas.context.setOffline(true);
  await jonas.page.getByText("You are offline").waitFor();
  await jonas.say("Written in the tunnel");
  await jonas.message("Written in the tunnel").getByText("Waiting to be sent").waitFor({ state: "attached" });
  await jonas.context.setOffline(false);
  await mara.message("Written in the tunnel").waitFor();
  await jonas.message("Written in the tunnel").getByText(HAS_ARRIVED).waitFor({ state: "attached" });
  // The same with the page gone in between: sending is kept from the server until after a reload.
  await jonas.page.route("**/api/v1/**/messages", (route) => route.abort());
  await jonas.page.routeWebSocket("**/api/v1/socket", (socket) => {
    const through = socket.connectToServer();
    socket.onMessage((text) => {
      if (!String(text).includes('"type":"send"')) through.send(text);
    });
  });
  await jonas.page.reload();
  await jonas.composer.waitFor();
  await jonas.message("Written in the tunnel").waitFor();
  await jonas.say("Written before the reload");
  await jonas.message("Written before the reload").waitFor();
  await jonas.page.unrouteAll();
  const again = await jonas.context.newPage();
  await again.goto(jonas.page.url());
  await jonas.page.close();
  await mara.message("Written before the reload").waitFor();
  await again.getByRole("article").filter({ hasText: "Written before the reload" }).getByText(HAS_ARRIVED).waitFor({ state: "attached" });
  await expect.poll(() => mara.message("Written in the tunnel").count()).toBe(1);
  await expect.poll(() => mara.message("Written before the reload").count()).toBe(1);
});

test("the server is killed and comes back: both catch up by themselves, once and in order", async () => {
  await server.kill();
  await mara.say("one, while it was down");
  await mara.say("two, while it was down");
  await jonas.say("three, while it was down");
  await server.restart();
  for (const person of [mara, jonas]) {
    for (const word of ["one", "two", "three"]) await person.message(`${word}, while it was down`).waitFor({ timeout: 60_000 });
    await expect.poll(() => person.page.getByText("Waiting to be sent").count(), { timeout: 60_000 }).toBe(0);
  }
  const texts = (p: Person) => p.page.getByRole("article").allInnerTexts();
  const words = (lines: string[]) => lines.map((l) => /(one|two|three), while/.exec(l)?.[1]).filter((w) => w !== undefined);
  expect(words(await texts(mara))).toEqual(words(await texts(jonas)));
  expect(words(await texts(mara)).sort()).toEqual(["one", "three", "two"]);
});

test("where sockets and streams are refused there is long poll, and later a socket again", async () => {
  const way = await between(server.port, SOCKETS_AND_STREAMS);
  const lena = await Person.at(browser, way.base, "lena");
  const asked = (what: string) => () => way.passed.filter((line) => line.includes(what)).length;
  try {
    await lena.page.clock.install();
    await lena.signUp();
    await lena.talkTo("Mara");
    await expect.poll(asked("/api/v1/poll")).toBeGreaterThan(0);
    way.open();
    await lena.page.clock.fastForward("05:01");
    await expect.poll(asked("/api/v1/socket")).toBe(1);
    await lena.say("Through the door");
    await mara.openConversation("Lena");
    await mara.message("Through the door").waitFor();
    await mara.say("Come in");
    await lena.message("Come in").waitFor();
    expect(asked("/api/v1/socket")()).toBe(1);
  } finally {
    await lena.context.close();
    await way.close();
  }
});
