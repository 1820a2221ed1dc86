/* One small driver for engines that Playwright does not drive: Firefox through puppeteer over BiDi, WebKit through its WebDriver.
 * Elements are found by what they are called, as a person would, and then clicked and typed into by the engine. */
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import puppeteer from "puppeteer-core";
import { eventually } from "../../tests/wire/harness/wait";

export interface Driver {
  open(url: string): Promise<void>;
  /** Runs the text of a function's body in the page. */
  run<T>(body: string): Promise<T>;
  type(css: string, text: string): Promise<void>;
  click(css: string): Promise<void>;
  close(): Promise<void>;
}

export async function firefox(): Promise<Driver> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr",
    headless: true,
    timeout: 300_000,
    protocolTimeout: 300_000,
    // What it wants from elsewhere at its start is refused at once, rather than waited for.
    extraPrefsFirefox: {
      "network.proxy.type": 1,
      "network.proxy.http": "127.0.0.1",
      "network.proxy.http_port": 9,
      "network.proxy.ssl": "127.0.0.1",
      "network.proxy.ssl_port": 9,
      "network.proxy.no_proxies_on": "127.0.0.1",
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "app.normandy.enabled": false,
      "messaging-system.rsexperimentloader.enabled": false,
    },
  });
  const page = await browser.newPage();
  return {
    open: async (url) => void (await page.goto(url)),
    run: <T>(body: string) => page.evaluate(`(() => { ${body} })()`) as Promise<T>,
    type: (css, text) => page.type(css, text),
    click: (css) => page.click(css),
    close: () => browser.close(),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => { resolve(typeof address === "object" && address ? address.port : 0); });
    });
  });
}

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // WebDriver, section 12.2

export async function webkit(): Promise<Driver> {
  const port = await freePort();
  const child: ChildProcess = spawn("xvfb-run", ["-a", "dbus-run-session", "--", "WebKitWebDriver", `--port=${String(port)}`], {
    stdio: "ignore",
    detached: true,
    env: { ...process.env, WEBKIT_DISABLE_COMPOSITING_MODE: "1", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" },
  });
  const root = `http://127.0.0.1:${String(port)}`;
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(root + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error ?? ""} ${value.message ?? ""}`);
    return value;
  };
  await eventually(() => ask<{ ready: boolean }>("GET", "/status").then(() => true, () => undefined), "WebKit's driver does not answer", 60_000);
  const { sessionId } = await ask<{ sessionId: string }>("POST", "/session", {
    capabilities: { alwaysMatch: { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary: process.env["MINIBROWSER"] ?? minibrowser(), args: ["--automation"] } } },
  });
  const session = `/session/${sessionId}`;
  const find = async (css: string): Promise<string> => {
    const found = await ask<Record<string, string>>("POST", `${session}/element`, { using: "css selector", value: css });
    return `${session}/element/${found[ELEMENT] ?? ""}`;
  };
  return {
    open: (url) => ask("POST", `${session}/url`, { url }),
    run: <T>(body: string) => ask<T>("POST", `${session}/execute/sync`, { script: body, args: [] }),
    type: async (css, text) => ask("POST", `${await find(css)}/value`, { text }),
    click: async (css) => ask("POST", `${await find(css)}/click`, {}),
    close: async () => {
      await ask("DELETE", session);
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    },
  };
}

function minibrowser(): string {
  const arch = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return `/usr/lib/${arch}/webkit2gtk-4.1/MiniBrowser`;
}

/** Marks the element that is called so, and gives a selector for it once it is there. */
export async function named(d: Driver, css: string, name: string): Promise<string> {
  const mark = `e${String(Math.floor(Math.random() * 1e9))}`;
  const body = `
    const called = (e) => [e.getAttribute("aria-label"), e.labels && e.labels[0] && e.labels[0].textContent, e.textContent].filter(Boolean);
    const all = [...document.querySelectorAll(${JSON.stringify(css)})];
    const want = ${JSON.stringify(name)};
    const hit = all.find((e) => called(e).some((c) => c.trim() === want)) || all.find((e) => called(e).some((c) => c.includes(want)));
    if (!hit || hit.disabled) return false;
    hit.setAttribute("data-e2e", ${JSON.stringify(mark)});
    return true;`;
  await eventually(async () => ((await d.run<boolean>(body)) ? true : undefined), `${css} “${name}”`, 60_000);
  return `[data-e2e="${mark}"]`;
}

/** Waits until a message with this text stands in the timeline. */
export async function arrived(d: Driver, text: string): Promise<void> {
  const body = `return [...document.querySelectorAll("article")].some((a) => a.textContent.includes(${JSON.stringify(text)}));`;
  await eventually(async () => ((await d.run<boolean>(body)) ? true : undefined), `message “${text}”`, 60_000);
}
