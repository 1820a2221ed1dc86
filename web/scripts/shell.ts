/* The installed app: its icons, and the service worker with the list of files that it keeps. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { draw, ICONS, png } from "./icons.ts";

const SVG = new URL("../src/assets/icon.svg", import.meta.url);
/** What is fetched when it is first needed, and kept from then on: too large to fetch for everybody. */
const LATER = /^assets\/emoji|\.map$/;

export function shell(): Plugin {
  return {
    name: "confab-shell",
    apply: "build",
    buildStart() {
      const svg = readFileSync(SVG, "utf8");
      this.emitFile({ type: "chunk", id: "src/worker/sw.ts", fileName: "sw.js" });
      this.emitFile({ type: "asset", fileName: "icon.svg", source: svg });
      for (const [fileName, pixels, margin] of ICONS)
        this.emitFile({ type: "asset", fileName, source: png(pixels, draw(svg, pixels, margin)) });
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk") throw new Error("sw.js is not there");
        if (worker.imports.length > 0) throw new Error("the service worker must stand alone");
        const files = Object.keys(bundle)
          .filter((f) => f !== "sw.js" && !LATER.test(f))
          .sort();
        const hash = createHash("sha256").update(worker.code);
        for (const file of files) {
          const one = bundle[file]!;
          hash.update(file).update(one.type === "chunk" ? one.code : one.source);
        }
        const paths = files.map((f) => (f === "index.html" ? "/" : `/${f}`));
        const list = { version: hash.digest("hex").slice(0, 16), files: paths };
        worker.code = worker.code.replace(/["'`]__SHELL__["'`]/, () => JSON.stringify(JSON.stringify(list)));
      },
    },
  };
}
