/* WebKit as GTK has it, by its own WebDriver, on a screen in memory. A driver has one session, so everybody has a driver. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, SLOW } from "../../../tests/wire/harness/wait";
import { chord, FILE_FIELD, type Engine, type Size, type Tab } from "./tab";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // WebDriver, section 12.2
// WebDriver, section 17.4.2
const KEYS: Readonly<Record<string, string>> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE007",
  Shift: "\uE008",
  Control: "\uE009",
  Alt: "\uE00A",
  Escape: "\uE00C",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
};

/** Once a story stood still here until its time was over, at what is not known. What is not loaded by then is loaded again, as a
 * person would; what is not answered by then is told by its name. */
const LOAD_MS = 45_000 * SLOW;
const ANSWER_MS = 90_000 * SLOW;

type Ask = <T>(method: string, path: string, body?: unknown) => Promise<T>;

interface Driver {
  readonly ask: Ask;
  readonly child: ChildProcess;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === "object" && address ? address.port : 0);
      });
    });
  });
}

const SCREEN = { width: 1280, height: 1024 };

/** The browser's own buttons are as wide as they like, wider than a phone: in these settings they are next to nothing. */
function settings(): string {
  const folder = mkdtempSync(join(tmpdir(), "confab-gtk-"));
  mkdirSync(join(folder, "gtk-3.0"));
  writeFileSync(join(folder, "gtk-3.0/gtk.css"), "* { font-size: 1px; padding: 0; margin: 0; min-width: 0; min-height: 0; border-width: 0; }\n");
  return folder;
}

async function startDriver(folder: string): Promise<Driver> {
  const port = await freePort();
  const screen = `-screen 0 ${String(SCREEN.width)}x${String(SCREEN.height)}x24`;
  const child = spawn("xvfb-run", ["-a", "-s", screen, "dbus-run-session", "--", "WebKitWebDriver", `--port=${String(port)}`], {
    stdio: "ignore",
    detached: true,
    env: {
      ...process.env,
      LC_ALL: "en_GB.UTF-8",
      XDG_CONFIG_HOME: folder,
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    },
  });
  const ask: Ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).catch((e: unknown) => {
      throw new Error(`${method} ${path} ${JSON.stringify(body) ?? ""}: ${String(e)}`);
    });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error ?? ""} ${value.message ?? ""}`);
    return value;
  };
  await eventually(() => ask("GET", "/status").then(() => true, () => undefined), "WebKit's driver does not answer", 60_000);
  return { ask, child };
}

function minibrowser(): string {
  const arch = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return `/usr/lib/${arch}/webkit2gtk-4.1/MiniBrowser`;
}

async function session({ ask }: Driver, size: Size, closed: () => void): Promise<Tab> {
  const { sessionId } = await ask<{ sessionId: string }>("POST", "/session", {
    capabilities: { alwaysMatch: { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary: process.env["MINIBROWSER"] ?? minibrowser(), args: ["--automation"] } } },
  });
  const path = `/session/${sessionId}`;
  await ask("POST", `${path}/timeouts`, { pageLoad: LOAD_MS });
  const act = (type: "key" | "pointer", actions: readonly object[]) => ask<void>("POST", `${path}/actions`, { actions: [{ type, id: type, actions }] });
  const move = (x: number, y: number) => ({ type: "pointerMove", x: Math.round(x), y: Math.round(y), origin: "viewport" });
  const down = (value: string) => ({ type: "keyDown", value });
  const up = (value: string) => ({ type: "keyUp", value });
  const run = async <T>(body: string): Promise<T> => {
    const script = `const done = arguments[arguments.length - 1]; (async () => { ${body} })().then((value) => done({ value }), (e) => done({ error: String(e) }));`;
    const { value, error } = await ask<{ value?: T; error?: string }>("POST", `${path}/execute/async`, { script, args: [] });
    if (error !== undefined) throw new Error(error);
    return value as T;
  };
  const inner = () => run<Size>("return { width: innerWidth, height: innerHeight };");
  // What stands around the page is the window's as well. In the middle it has the pointer, and by that the focus.
  const x = (SCREEN.width - size.width) / 2;
  const outer = await ask<Size>("POST", `${path}/window/rect`, { ...size, x, y: 0 });
  const first = await inner();
  await ask("POST", `${path}/window/rect`, { width: outer.width + size.width - first.width, height: outer.height + size.height - first.height });
  const fits = async (): Promise<boolean> => {
    const now = await inner();
    return now.width === size.width && now.height === size.height;
  };
  await eventually(async () => (await fits()) || undefined, "WebKit’s window does not take its size");
  return {
    open: async (url) => {
      const load = () => ask<void>("POST", `${path}/url`, { url });
      await load().catch((e: unknown) => {
        if (!String(e).includes("timeout")) throw e;
        console.warn(`WebKit did not load ${url}, and is asked again`);
        return load();
      });
    },
    run,
    tap: (x, y) => act("pointer", [move(x, y), { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }]),
    hover: (x, y) => act("pointer", [move(x, y)]),
    type: (text) => act("key", [...text].flatMap((c) => [down(c), up(c)])),
    press: (keys) => {
      const { held, key } = chord(keys);
      const values = [...held, key].map((k) => KEYS[k] ?? k);
      return act("key", [...values.map(down), ...values.reverse().map(up)]);
    },
    upload: async (file) => {
      const found = await ask<Record<string, string>>("POST", `${path}/element`, { using: "css selector", value: FILE_FIELD });
      await ask("POST", `${path}/element/${found[ELEMENT] ?? ""}/value`, { text: file });
    },
    close: async () => {
      await ask("DELETE", path);
      closed();
    },
  };
}

export async function webkit(): Promise<Engine> {
  const folder = settings();
  const all: Driver[] = [];
  const idle: Driver[] = [];
  // One after the other: who looks for a free screen at the same time finds the same one.
  let starting: Promise<unknown> = Promise.resolve();
  const another = (): Promise<Driver> => {
    const next = starting.then(() => startDriver(folder));
    starting = next;
    return next;
  };
  return {
    name: "WebKit",
    tab: async (size) => {
      let driver = idle.pop();
      if (!driver) all.push((driver = await another()));
      const mine = driver;
      return session(mine, size, () => idle.push(mine));
    },
    close: () => {
      for (const { child } of all) if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}
