/* When the line or the server goes away. */
import { createServer, connect, type Server as NetServer } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
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

/** A proxy in front of the server that refuses what its rule says. */
function proxy(port: number, refuse: (head: string) => boolean): Promise<{ base: string; close: () => Promise<void>; refused: () => number }> {
  let refused = 0;
  const listener: NetServer = createServer((client) => {
    client.once("data", (first) => {
      const head = first.toString("latin1");
      if (refuse(head)) {
        refused++;
        client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
      }
      // One request a connection, so that every head is looked at.
      const upstream = connect(port, "127.0.0.1", () => upstream.write(first.toString("latin1").replace(/\r\n/, "\r\nconnection: close\r\n"), "latin1"));
      client.pipe(upstream).pipe(client);
      upstream.on("error", () => client.destroy());
    });
    client.on("error", () => client.destroy());
  });
  return new Promise((resolve) => {
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      const own = typeof address === "object" && address ? address.port : 0;
      resolve({
        base: `http://127.0.0.1:${String(own)}`,
        refused: () => refused,
        close: () => new Promise((done) => listener.close(() => { done(); })),
      });
    });
  });
}

for (const [what, refuse, transport] of [
  ["WebSockets", (head: string) => /upgrade: *websocket/i.test(head), "/api/v1/events"],
  ["WebSockets and event streams", (head: string) => /upgrade: *websocket|\/api\/v1\/events/i.test(head), "/api/v1/poll"],
] as const) {
  test(`where ${what} are blocked, messages still come live`, async () => {
    const between = await proxy(server.port, refuse);
    const lena = await Person.at(browser, between.base, "lena");
    const used: string[] = [];
    lena.page.on("request", (r) => used.push(new URL(r.url()).pathname));
    await lena.signUp();
    await lena.talkTo("Mara");
    await expect.poll(() => used.includes(transport), { timeout: 60_000 }).toBe(true);
    await lena.say("Through a narrow door");
    await mara.openConversation("Lena");
    await mara.message("Through a narrow door").waitFor();
    await mara.say("And back");
    await lena.message("And back").waitFor();
    expect(between.refused()).toBeGreaterThan(0);
    await lena.context.close();
    await between.close();
  });
}
