/* Every screen, on a desk, a phone and the narrowest phone, light and dark: axe finds nothing, nothing is wider than the
 * screen, and neither the page nor its content policy complains. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axe } from "./axe";
import { DESK, launch, Person, PHONE } from "./chromium";
import { tour } from "./tour";

const SMALLEST = { width: 320, height: 568 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

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
