/* Every screen, on a desk, a phone and the narrowest phone, light and dark: axe finds nothing, nothing is wider than the
 * screen, and neither the page nor its content policy complains. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DESK, launch, Person, PHONE } from "./chromium";
import { tour } from "./tour";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SMALLEST = { width: 320, height: 568 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}
type Axe = { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } };

/** What axe finds; of another colour scheme only what colours have to do with. */
async function axe(page: Page, colours: boolean): Promise<string[]> {
  // As the debugger's own expression: the page's policy forbids to evaluate text, and stays in force.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const found = await page.evaluate(async (only) => {
    const run = (window as unknown as Axe).axe.run;
    const { violations } = await run(only ? { runOnly: ["color-contrast"] } : {});
    return violations.map((v) => ({
      id: v.id,
      nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })),
    }));
  }, colours);
  return found.flatMap((f) => f.nodes.map((n) => `${f.id}: ${n.html} ${n.failureSummary}`));
}

for (const [device, size] of [
  ["a desk", DESK],
  ["a phone", PHONE],
] as const) {
  test(`axe finds nothing on any screen of ${device}, light and dark`, async () => {
    const found: string[] = [];
    await tour(
      (base) => Person.at(browser, base, "mara", { size, still: true }),
      async (stop, me) => {
        for (const colorScheme of ["light", "dark"] as const) {
          await me.page.emulateMedia({ colorScheme });
          for (const finding of await axe(me.page, colorScheme === "dark")) found.push(`${stop}, ${colorScheme}: ${finding}`);
        }
        for (const words of me.complaints.splice(0)) found.push(`${stop}: ${words}`);
        if (await me.overflows()) found.push(`${stop}: wider than the screen`);
      },
    );
    expect(found).toEqual([]);
  });
}

test("nothing is wider than the narrowest phone", async () => {
  const found: string[] = [];
  await tour(
    (base) => Person.at(browser, base, "mara", { size: SMALLEST }),
    async (stop, me) => {
      for (const words of me.complaints.splice(0)) found.push(`${stop}: ${words}`);
      if (await me.overflows()) found.push(`${stop}: wider than the screen`);
    },
  );
  expect(found).toEqual([]);
});
