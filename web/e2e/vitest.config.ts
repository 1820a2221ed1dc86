/* End to end: the real binary with its embedded client, in real browsers. CONFAB_BIN names the binary.
 * CONFAB_E2E=pictures takes the pictures of the docs anew (`./dev pictures`); =page looks whether docs/screens.md shows all. */
import { fileURLToPath } from "node:url";

const slow = Number(process.env["CONFAB_SLOW"] ?? 1);
const STORIES = ["stories.firefox.test.ts", "stories.webkit.test.ts", "stories.chromium.test.ts", "talk.test.ts", "network.test.ts", "keyboard.test.ts", "marks.test.ts", "search.test.ts", "own.test.ts", "writing.test.ts", "app.test.ts", "admin.test.ts", "emoji.test.ts", "mentions.test.ts", "passing.test.ts", "profiles.test.ts", "corpus.test.ts", "screens.test.ts", "arrive.test.ts", "back.test.ts"];
const FILES: Readonly<Record<string, readonly string[]>> = {
  pictures: ["pictures.test.ts"],
  page: ["page.test.ts"],
};

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-e2e", import.meta.url)),
  test: {
    include: FILES[process.env["CONFAB_E2E"] ?? ""] ?? STORIES,
    environment: "node",
    pool: "forks",
    // Two files at once: browsers wait more than they work.
    maxWorkers: 2,
    testTimeout: 400_000 * slow,
    hookTimeout: 180_000 * slow,
    expect: { poll: { timeout: 60_000 * slow } },
  },
};
