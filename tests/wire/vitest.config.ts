/* Run by web's toolchain, see README.md. The folder has no node_modules of its own: what is imported by name resolves there. */
import { fileURLToPath } from "node:url";

const installed = (path: string): string => fileURLToPath(new URL(`../../web/node_modules/${path}`, import.meta.url));
const slow = Number(process.env["CONFAB_SLOW"] ?? 1);

export default {
  root: fileURLToPath(new URL(".", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../../web/node_modules/.vite-wire", import.meta.url)),
  resolve: {
    alias: {
      vitest: installed("vitest/dist/index.js"),
      "ajv/dist/2020": installed("ajv/dist/2020.js"),
      "fast-check": installed("fast-check/lib/fast-check.js"),
    },
  },
  test: {
    include: ["*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 120_000 * slow,
    hookTimeout: 120_000 * slow,
  },
};
