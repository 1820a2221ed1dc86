/* Every screen, on a desk and a phone, light and dark: axe finds nothing, nothing is wider than the screen (nor than that of
 * the narrowest phone), and neither the page nor its content policy complains. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";
import { tour } from "./tour";

/** Some fifty screens, each looked at twice by axe. */
const DEADLINE_MS = 2_000_000 * Number(process.env["CONFAB_SLOW"] ?? 1);
const SMALLEST = { width: 320, height: 568 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

/** The page is laid out for it only some time after it is told. */
async function resize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => document.documentElement.clientWidth === width, size.width);
}

/** What is wrong with what is on screen; at a phone's width also on the narrowest phone. */
async function wrong(me: Person, phone: boolean): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await me.page.emulateMedia({ colorScheme });
    await me.page.waitForFunction((scheme) => matchMedia(`(prefers-color-scheme: ${scheme})`).matches, colorScheme);
    for (const finding of await axe(me.page, colorScheme === "dark")) found.push(`${colorScheme}: ${finding}`);
  }
  for (const e of await me.overflows()) found.push(`too wide: ${e}`);
  if (phone) {
    await resize(me.page, SMALLEST);
    for (const e of await me.overflows()) found.push(`too wide at 320: ${e}`);
    await resize(me.page, PHONE);
  }
  return [...found, ...me.complaints.splice(0)];
}

for (const [device, size] of [
  ["a desk", DESK],
  ["a phone", PHONE],
] as const) {
  test.concurrent(`nothing is wrong with any screen of ${device}, light and dark`, async () => {
    const found: string[] = [];
    await tour(
      (base) => Person.at(browser, base, "mara", { size, still: true }),
      async (stop, me) => {
        for (const words of await wrong(me, size === PHONE)) found.push(`${stop}: ${words}`);
      },
    );
    expect(found).toEqual([]);
  }, DEADLINE_MS);
}
