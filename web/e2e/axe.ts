/* What axe finds wrong with a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { settled } from "./chromium";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}
type Axe = { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } };

/** Everything, or (of another colour scheme) only what colours have to do with. */
export async function axe(page: Page, colours = false): Promise<string[]> {
  // As the debugger's own expression: the page's policy forbids to evaluate text, and stays in force.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  // Half faded in, everything has too little contrast.
  await settled(page);
  const found = await page.evaluate(async (only) => {
    const run = (window as unknown as Axe).axe.run;
    const { violations } = await run({ resultTypes: ["violations"], ...(only ? { runOnly: ["color-contrast"] } : {}) });
    return violations.map((v) => ({
      id: v.id,
      nodes: v.nodes.map((n) => ({ html: n.html, failureSummary: n.failureSummary })),
    }));
  }, colours);
  return found.flatMap((f) => f.nodes.map((n) => `${f.id}: ${n.html} ${n.failureSummary}`));
}
