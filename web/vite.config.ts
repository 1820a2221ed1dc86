/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { emoji } from "./scripts/emoji.ts";
import { shell } from "./scripts/shell.ts";

/** `vite --mode mock`: the whole client against the in-memory server of src/testing, nothing else running. */
function mockEntry(mode: string): Plugin {
  return {
    name: "confab-mock-entry",
    transformIndexHtml: {
      order: "pre",
      handler: (html) => (mode === "mock" ? html.replace("/src/main.ts", "/src/testing/main-mock.ts") : html),
    },
  };
}

const backend = process.env["CONFAB_BACKEND"] ?? "http://localhost:8080";

export default defineConfig(({ mode }) => ({
  plugins: [mockEntry(mode), emoji(), shell(), svelte()],
  build: {
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": { target: backend, ws: true } } },
  preview: {
    proxy: { "/api": { target: backend, ws: true } },
    headers: {
      "Content-Security-Policy":
        "default-src 'self'; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    },
  },
  // Generous: the first test of a file also waits for what it imports to be compiled.
  test: {
    include: ["src/**/*.test.ts", "scripts/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    // Counted by `./dev coverage`; see tools/coverage.py.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.d.ts", "src/**/*.test.ts", "src/testing/**", "src/protocol/generated.ts"],
      reporter: ["html", "json-summary"],
      reportsDirectory: "../build/coverage/client",
    },
  },
}));
