// The layout must turn around with the language: no style names left or right, and icons that point somewhere turn too.
// Where something is physical by nature, a comment with the word `physical` on the line says why.
import { readdirSync, readFileSync } from "node:fs";

const src = new URL("../src/", import.meta.url);
const files = readdirSync(src, { recursive: true }).map((f) => String(f).replaceAll("\\", "/"));
const read = (file) => readFileSync(new URL(file, src), "utf8");

const SIDES = "left|right";
const PHYSICAL = [
  [new RegExp(`(^|[\\s;{"])(${SIDES})\\s*:`), "use inset-inline-start or -end"],
  [
    new RegExp(`\\b(margin|padding|border|scroll-margin|scroll-padding|inset)-(${SIDES})\\b`),
    "use …-inline-start or -end",
  ],
  [new RegExp(`\\bborder-(top|bottom)-(${SIDES})-radius\\b`), "use border-start-start-radius and its like"],
  [
    new RegExp(`\\b(text-align|float|clear|caption-side|justify-(content|self|items))\\s*:\\s*(${SIDES})\\b`),
    "use start or end",
  ],
  [/\bcaption-side\s*:\s*(left|right)\b/, "use inline-start or -end"],
  [new RegExp(`\\bto (${SIDES})\\b`), "gradients don't turn around: draw it twice under :dir()"],
  [/\btranslate(X|3d)?\(\s*-?[\d.]*[1-9]/, "moves sideways: use a property with :dir(), or a logical inset"],
];
const FOUR =
  /\b(margin|padding|inset|border-width|border-radius|border-style|border-color|scroll-margin|scroll-padding)\s*:\s*([^;{}]+)/g;

/** The parts of a shorthand, functions whole. */
function parts(value) {
  return value.trim().match(/(?:[^\s()]+\((?:[^()]|\([^()]*\))*\)|[^\s()]+)+/g) ?? [];
}

function uneven(line) {
  return [...line.matchAll(FOUR)].some(([, name, value]) => {
    const p = parts(value.replace("!important", ""));
    if (name === "border-radius") return p.length > 1;
    return p.length === 4 && p[1] !== p[3];
  });
}

/** Style blocks and sheets, everything else blanked, so that line numbers stay. */
function styles(file, text) {
  if (file.endsWith(".css")) return text;
  const blank = (part) => part.replace(/[^\n]/g, " ");
  return text
    .split(/(<style[^>]*>[\s\S]*?<\/style>|style="[^"]*")/)
    .map((part, i) => (i % 2 === 1 ? part : blank(part)))
    .join("");
}

const faults = [];
for (const file of files.filter((f) => /\.(css|svelte)$/.test(f))) {
  const lines = styles(file, read(file)).split("\n");
  lines.forEach((line, i) => {
    if (line.includes("physical")) return;
    for (const [pattern, advice] of PHYSICAL) {
      if (pattern.test(line)) faults.push(`src/${file}:${i + 1}: ${line.trim()}: ${advice}`);
    }
    if (uneven(line))
      faults.push(`src/${file}:${i + 1}: ${line.trim()}: names the sides unevenly; use …-inline`);
  });
}

// Icons that point along the line of reading: turned by styles/base.css, which has to know each by name.
const POINTING =
  /(^|-)(left|right|reply|forward|send|undo|redo|log-in|log-out|corner|list|indent|outdent|next|previous|skip)(-|$)/;
const turned = read("styles/base.css");
for (const file of files.filter((f) => /\.(svelte|ts)$/.test(f))) {
  for (const [, icon] of read(file).matchAll(/@lucide\/svelte\/icons\/([a-z0-9-]+)/g)) {
    if (POINTING.test(icon) && !turned.includes(`.lucide-${icon}`)) {
      faults.push(
        `src/${file}: the icon ${icon} points somewhere; name it in styles/base.css, so that it turns`,
      );
    }
  }
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
