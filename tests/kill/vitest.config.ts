/* Run by web's toolchain, as ../wire is. */
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("../../web/node_modules/vitest/dist/index.js", import.meta.url));

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../../web/node_modules/.vite-kill", import.meta.url)),
  resolve: { alias: { vitest } },
  test: { include: ["*.test.ts"], environment: "node", pool: "forks", testTimeout: 900_000 },
};
