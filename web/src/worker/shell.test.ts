import { beforeEach, describe, expect, it } from "vitest";
import { isPage, ShellKeeper, type Kept } from "./shell";

const ORIGIN = "https://chat.example";
let store: Map<string, Map<string, string>>;
let online: Map<string, string>;
let asked: string[];

const caches = {
  open: (name: string): Promise<Kept> => {
    const kept = store.get(name) ?? new Map<string, string>();
    store.set(name, kept);
    return Promise.resolve({
      match: (path) => Promise.resolve(kept.has(path) ? new Response(kept.get(path)) : undefined),
      put: async (path, response) => void kept.set(path, await response.text()),
    });
  },
  keys: () => Promise.resolve([...store.keys()]),
  delete: (name: string) => Promise.resolve(store.delete(name)),
};

function fetch(path: string): Promise<Response> {
  asked.push(path);
  const text = online.get(path);
  return Promise.resolve(text === undefined ? new Response("", { status: 404 }) : new Response(text));
}

function keeper(version: string, files = ["/", "/assets/a.js"]): ShellKeeper {
  return new ShellKeeper({ version, files }, caches, fetch);
}

async function answer(
  worker: ShellKeeper,
  path: string,
  more: { method?: string; mode?: string } = {},
): Promise<string | undefined> {
  const found = worker.answer({ method: "GET", mode: "no-cors", ...more }, new URL(path, ORIGIN));
  return found && (await found).text();
}

beforeEach(() => {
  store = new Map([["somebody else's", new Map()]]);
  online = new Map([
    ["/", "page 1"],
    ["/assets/a.js", "a 1"],
    ["/assets/late.js", "late"],
    ["/icon.svg", "icon"],
  ]);
  asked = [];
});

describe("the service worker", () => {
  it("opens every page of the client without a network", async () => {
    const worker = keeper("1");
    await worker.install();
    online.clear();
    for (const path of ["/", "/r/abc/17", "/settings"])
      expect(await answer(worker, path, { mode: "navigate" })).toBe("page 1");
    expect(await answer(worker, "/assets/a.js")).toBe("a 1");
  });

  it("answers nothing of the API, and nothing but GET", async () => {
    const worker = keeper("1");
    await worker.install();
    for (const path of [
      "/api/v1/session",
      "/api/v1/events",
      "/healthz",
      "/metrics",
      "/debug/echo",
      "/unknown.txt",
    ]) {
      expect(await answer(worker, path)).toBeUndefined();
      expect(await answer(worker, path, { mode: "navigate" })).toBeUndefined();
    }
    expect(await answer(worker, "/", { method: "POST", mode: "navigate" })).toBeUndefined();
  });

  it("fills a version whole or not at all", async () => {
    online.delete("/assets/a.js");
    await expect(keeper("1").install()).rejects.toThrow("404");
    expect([...store.keys()]).toEqual(["somebody else's"]);
  });

  it("keeps the old version whole until the new one takes over, then lets it go, and nothing else", async () => {
    const [old, fresh] = [keeper("1"), keeper("2")];
    await old.install();
    online.set("/", "page 2").set("/assets/a.js", "a 2");
    await fresh.install();
    expect(await answer(old, "/", { mode: "navigate" })).toBe("page 1");
    expect(await answer(old, "/assets/a.js")).toBe("a 1");
    await fresh.activate();
    expect([...store.keys()]).toEqual(["somebody else's", "confab-2"]);
    expect(await answer(fresh, "/", { mode: "navigate" })).toBe("page 2");
  });

  it("keeps a part that is fetched later from then on, but no failure", async () => {
    const worker = keeper("1");
    await worker.install();
    expect(await answer(worker, "/assets/late.js")).toBe("late");
    expect(await answer(worker, "/assets/gone.js")).toBe("");
    asked = [];
    await answer(worker, "/assets/late.js");
    await answer(worker, "/assets/gone.js");
    expect(asked).toEqual(["/assets/gone.js"]);
  });
});

it("tells pages of the client from the server's own addresses", () => {
  expect(["/", "/r/x", "/apiary", "/settings"].filter(isPage)).toEqual(["/", "/r/x", "/apiary", "/settings"]);
  expect(["/api", "/api/v1/x", "/debug/echo", "/icon.svg", "/readyz"].filter(isPage)).toEqual([]);
});
