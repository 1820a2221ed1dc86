/* End to end: the real binary with its embedded client, in real browsers. CONFAB_BIN names the binary. */
import { fileURLToPath } from "node:url";

const slow = Number(process.env["CONFAB_SLOW"] ?? 1);

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-e2e", import.meta.url)),
  test: {
    include: process.env["CONFAB_PICTURES"] === "1" ? ["pictures.test.ts"] : ["*.test.ts"],
    exclude: process.env["CONFAB_PICTURES"] === "1" ? [] : ["pictures.test.ts"],
    environment: "node",
    pool: "forks",
    // Browsers want both cores: one file after the other.
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 90_000 * slow,
    hookTimeout: 90_000 * slow,
  },
};
