/* For everybody: axe on every screen, and a whole visit by keyboard alone. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { DESK, launch, Person, PHONE } from "./chromium";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser: Browser, server: Server, base: string;
beforeAll(async () => {
  browser = await launch();
  server = await Server.start();
  base = `http://${server.host}`;
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

async function axe(page: Page): Promise<string[]> {
  const found = await page.evaluate(async (source) => {
    if (!("axe" in window)) (0, eval)(source);
    const result = await (window as unknown as { axe: { run: () => Promise<{ violations: Finding[] }> } }).axe.run();
    return result.violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })) }));
  }, AXE);
  return found.flatMap((f) => f.nodes.map((n) => `${f.id}: ${n.html} ${n.failureSummary}`));
}

let turn = 0;
for (const dark of [false, true])
  for (const size of [DESK, PHONE])
    test(`axe finds nothing: ${dark ? "dark" : "light"}, ${String(size.width)} px`, async () => {
      const name = `ada${String(++turn)}`;
      const context = await browser.newContext({ viewport: size, colorScheme: dark ? "dark" : "light", bypassCSP: true, reducedMotion: "reduce" });
      const page = await context.newPage();
      const screens: [string, () => Promise<unknown>][] = [];
      const seen = async (what: string) => {
        expect(await axe(page), what).toEqual([]);
      };
      await page.goto(`${base}/signin`);
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      await seen("sign in");
      await page.goto(`${base}/signup`);
      await page.getByLabel("Name", { exact: true }).fill(name);
      await seen("sign up");
      await page.getByLabel("Password", { exact: true }).fill("a good long password");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByRole("heading", { name: "Conversations" }).first().waitFor();
      await seen("first use");
      const room = await page.evaluate(async (title) => {
        const post = async (path: string, body: unknown) =>
          (await fetch(`/api/v1${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json() as Promise<{ room: { id: string } }>;
        const made = await post("/rooms", { kind: "open", name: title, topic: "About this and that" });
        for (const [i, text] of ["**Hello**", "- a\n- b", "> quoted\n\n`code`", "https://example.org"].entries())
          await post(`/rooms/${made.room.id}/messages`, { client_id: `${title}-${String(i)}`.replaceAll(" ", ""), text });
        return made.room.id;
      }, `Square ${name}`);
      screens.push(["room", () => page.goto(`${base}/r/${room}`).then(() => page.getByRole("article").first().waitFor())]);
      screens.push(["details", () => page.getByRole("button", { name: "Details", exact: true }).first().click()]);
      screens.push(["settings", () => page.goto(`${base}/settings`).then(() => page.getByRole("button", { name: "Sign out" }).waitFor())]);
      screens.push(["list", () => page.goto(`${base}/`).then(() => page.getByRole("link", { name: new RegExp(`Square ${name}`) }).waitFor())]);
      screens.push(["new conversation", () => page.getByRole("button", { name: "New conversation" }).first().click().then(() => page.getByRole("dialog").waitFor())]);
      screens.push(["new room", () => page.getByRole("button", { name: "Make a room for several" }).click().then(() => page.getByRole("radio").first().waitFor())]);
      screens.push(["nothing here", () => page.goto(`${base}/r/0000000000001`).then(() => page.getByText("There is nothing here").first().waitFor())]);
      for (const [what, show] of screens) {
        await show();
        await seen(what);
      }
      await context.close();
    });

/** Tab until the focus is on what is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const focused = await page.evaluate(() => {
      const e = document.activeElement;
      const label = e instanceof HTMLInputElement ? (e.labels?.[0]?.textContent ?? "") : "";
      return [e?.getAttribute("aria-label"), label, e?.textContent].filter(Boolean).join(" ").trim();
    });
    if (name.test(focused)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${String(name)}`);
}

test("by keyboard alone: sign up, find somebody, write, edit, make a room, sign out", async () => {
  const jonas = await (await Person.at(browser, base, "jonas")).signUp();
  const mara = await Person.at(browser, base, "mara");
  const { page } = mara;
  const { keyboard } = page;
  await mara.go("/signup");
  await page.getByRole("button", { name: "Create account" }).waitFor();
  await tabTo(page, /^Name/);
  await keyboard.type("mara");
  await tabTo(page, /^Password/);
  await keyboard.type("a good long password");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Conversations" }).first().waitFor();
  await tabTo(page, /^Search people/);
  await keyboard.type("jonas");
  await page.getByRole("button", { name: /Jonas/ }).waitFor();
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await mara.composer.waitFor();
  await expect.poll(() => mara.composer.evaluate((e) => e === document.activeElement)).toBe(true);
  await keyboard.type("no mouse today");
  await keyboard.press("Enter");
  await jonas.page.getByText("no mouse today").first().waitFor();
  await keyboard.press("ArrowUp");
  await keyboard.press("End");
  await keyboard.type("!");
  await keyboard.press("Enter");
  await jonas.page.getByText("no mouse today!").first().waitFor();
  await tabTo(page, /^New conversation$/);
  await keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(page, /Make a room/);
  await keyboard.press("Enter");
  await page.getByRole("radio").first().waitFor();
  await tabTo(page, /^Name/);
  await keyboard.type("By hand");
  await tabTo(page, /Make the room/);
  await keyboard.press("Enter");
  await page.getByText("This is where By hand begins").waitFor();
  await keyboard.press("Escape");
  await tabTo(page, /Settings/);
  await keyboard.press("Enter");
  await tabTo(page, /^Sign out$/);
  await keyboard.press("Enter");
  const confirm = page.getByRole("alertdialog");
  if ((await confirm.count()) > 0) {
    await tabTo(page, /^Sign out$/);
    await keyboard.press("Enter");
  }
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  expect(mara.complaints).toEqual([]);
  await mara.context.close();
  await jonas.context.close();
});
