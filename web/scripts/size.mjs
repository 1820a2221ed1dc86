// The byte budget of the first load: every script that index.html names, gzipped. Fails the build beyond it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 80 * 1024;
const dist = new URL("../dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");
const scripts = [...html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map((m) => m[1]);
if (scripts.length === 0) throw new Error("dist/index.html names no script");

let total = 0;
for (const path of new Set(scripts)) {
  const bytes = gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(7)}  ${path}`);
}
console.log(`${String(total).padStart(7)}  JavaScript of the first load, gzipped; budget ${BUDGET}`);
if (total > BUDGET) {
  console.error(`first load is ${total - BUDGET} bytes over its budget`);
  process.exit(1);
}
