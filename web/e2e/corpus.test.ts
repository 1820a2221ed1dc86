/* The main job: a room with fourteen years of real talk opens, scrolls to its first day and back, and stays live. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { binary, Server } from "../../tests/wire/harness/server";
import { launch, Person } from "./chromium";

const CORPUS = process.env["CONFAB_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus/ubuntu", import.meta.url));
const MESSAGES = 224_095;
const ROWS_MOST = 320;

test.skipIf(!existsSync(CORPUS))("the whole history opens, scrolls to its first day and back, and is live in two browsers", async () => {
  const data = mkdtempSync(join(tmpdir(), "confab-corpus-"));
  const files = readdirSync(CORPUS).filter((f) => f.endsWith(".txt")).sort().map((f) => join(CORPUS, f));
  const imported = spawnSync(binary(), ["import", "irc", "--room", "ubuntu", "--data", data, ...files], { encoding: "utf8" });
  const counts = JSON.parse(imported.stdout.trim().split("\n").at(-1) ?? "{}") as { messages: number; notices: number; room: string };
  expect(imported.status).toBe(0);
  expect([counts.messages, counts.notices]).toEqual([MESSAGES, 26_469]);

  const server = await Server.start({ data });
  const browser = await launch();
  try {
    const base = `http://${server.host}`;
    const mara = await (await Person.at(browser, base, "mara")).signUp();
    const jonas = await (await Person.at(browser, base, "jonas", { size: { width: 390, height: 844 } })).signUp();
    for (const person of [mara, jonas]) {
      const me = await person.api<{ id: string }>("GET", "/me");
      await person.api("POST", `/rooms/${counts.room}/members`, { user: me.id });
      await person.go(`/r/${counts.room}`);
      await person.composer.waitFor();
    }
    const rows = () => mara.page.getByRole("log").locator("[data-seq]");
    await rows().last().waitFor();
    await mara.page.getByRole("button", { name: "Details", exact: true }).first().click();
    await mara.page.getByRole("button", { name: "Jump to the beginning" }).click();
    const first = mara.page.getByRole("log").locator('[data-seq="1"]');
    await first.waitFor({ timeout: 60_000 });
    await mara.page.getByText(/2004/).first().waitFor();
    expect(await rows().count()).toBeLessThanOrEqual(ROWS_MOST);
    // A hundred screens down from the first day: the window moves, its size does not.
    const log = mara.page.getByRole("log");
    for (let i = 0; i < 100; i++)
      await log.evaluate(async (e) => {
        e.scrollTop += e.clientHeight;
        await new Promise(requestAnimationFrame);
      });
    await expect.poll(() => first.count()).toBe(0);
    expect(await rows().count()).toBeLessThanOrEqual(ROWS_MOST);
    await jonas.say("Is anybody still here?");
    await mara.page.getByRole("button", { name: /Jump to the latest messages|new message/ }).click();
    await mara.message("Is anybody still here?").waitFor();
    await mara.say("After all these years: yes");
    await jonas.message("After all these years: yes").waitFor();
    expect(await rows().count()).toBeLessThanOrEqual(ROWS_MOST);
    expect([...mara.complaints, ...jonas.complaints]).toEqual([]);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
}, 900_000);
