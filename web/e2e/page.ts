/* docs/screens.md: every screen of the tour, light and dark, on a desk and a phone. Here stands which stops begin a chapter of it
 * and which have no picture, and why; all else follows from the tour. */
import { names } from "./tour";

/** Chapters, each with the stop that it begins at. */
const CHAPTERS: readonly (readonly [title: string, first: string])[] = [
  ["Coming in", "first account"],
  ["Conversations, and what is found", "conversations"],
  ["A conversation", "conversation"],
  ["When something is missing", "far from the latest"],
  ["About a conversation", "details of a room"],
  ["Blocking", "somebody blocked"],
  ["Members", "member"],
  ["Writing, and what can be done with a message", "message"],
  ["People", "page of a person"],
  ["Starting something", "starred"],
  ["Passing rooms", "new passing room"],
  ["Settings", "settings"],
  ["Administration", "site: overview"],
  ["Where links lead", "site: invite by link"],
  ["Beginnings and ends", "conversations on their way"],
];

/** Stops whose picture would show what another one shows already. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "no such page": "as “nothing here”, in other words",
  "hand over?": "asks as “delete?” does",
  "leave?": "asks as “delete?” does",
  "delete for oneself?": "asks as “delete?” does",
  "site: disable?": "asks as “delete?” does",
  "site: overview": "the server has just begun to count; “an hour of figures” shows it with its curves",
};

export const DEVICES = ["desk", "phone"] as const;
export const SCHEMES = ["light", "dark"] as const;
export type Device = (typeof DEVICES)[number];
export type Scheme = (typeof SCHEMES)[number];

export function fileOf(stop: string, device: Device, scheme: Scheme): string {
  const slug = stop.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${slug}.${device}.${scheme}.webp`;
}

export function pictured(): string[] {
  return names().filter((name) => !(name in LEFT_OUT));
}

function rowOf(stop: string): string {
  const name = stop.replace(/^site: /, "");
  const title = name.charAt(0).toUpperCase() + name.slice(1);
  const cells = DEVICES.flatMap((device) =>
    SCHEMES.map((scheme) => {
      const width = device === "desk" ? 320 : 110;
      return `<img src="screens/${fileOf(stop, device, scheme)}" width="${String(width)}" alt="${title}: ${device}, ${scheme}">`;
    }),
  );
  return `| ${[title, ...cells].join(" | ")} |`;
}

/** The text of docs/screens.md. */
export function page(): string {
  const stops = names();
  const begins = CHAPTERS.map(([, first]) => stops.indexOf(first));
  const lost = CHAPTERS.filter((_, i) => begins[i]! < (begins[i - 1] ?? 0)).map(([, first]) => first);
  if (lost.length > 0) throw new Error(`page.ts: no chapter can begin at: ${lost.join(", ")}`);
  const stray = Object.keys(LEFT_OUT).filter((name) => !stops.includes(name));
  if (stray.length > 0) throw new Error(`page.ts: left out, but no stop of the tour: ${stray.join(", ")}`);
  const shown = new Set(pictured());
  const chapters = CHAPTERS.map(([title], i) => {
    const rows = stops.slice(begins[i], begins[i + 1]).filter((name) => shown.has(name)).map(rowOf);
    return [`## ${title}`, "", "| | desk, light | desk, dark | phone, light | phone, dark |", "|---|---|---|---|---|", ...rows, ""];
  });
  return [
    "# Every screen",
    "",
    "Light and dark, on a desk (1280 × 800) and a phone (390 × 844). `./dev pictures` takes them anew, on the way by which",
    "`web/e2e/tour.ts` leads over every screen; `./dev check` says where one is missing here. A click shows a picture in full.",
    "",
    ...chapters.flat(),
  ].join("\n");
}
