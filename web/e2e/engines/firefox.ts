/* Debian's Firefox, which Playwright does not drive: by puppeteer over WebDriver BiDi. */
import puppeteer, { type Browser, type ElementHandle, type KeyInput } from "puppeteer-core";
import { chord, FILE_FIELD, type Engine, type Size, type Tab } from "./tab";

function start(): Promise<Browser> {
  return puppeteer.launch({
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
      "intl.accept_languages": "en-GB",
      // A mouse that points finely and hovers, which it does not find where there is no screen.
      "ui.primaryPointerCapabilities": 6,
      "ui.allPointerCapabilities": 6,
    },
  });
}

export function firefox(): Promise<Engine> {
  // Of one Firefox's windows one has the focus, and people look at their screens at the same time: everybody has a process.
  const all: Browser[] = [];
  const idle: Browser[] = [];
  const tab = async (size: Size): Promise<Tab> => {
    let browser = idle.pop();
    if (!browser) all.push((browser = await start()));
    const mine = browser;
    const context = await mine.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport(size);
    return {
      open: async (url) => void (await page.goto(url)),
      run: <T>(body: string) => page.evaluate(`(async () => { ${body} })()`) as Promise<T>,
      tap: (x, y) => page.mouse.click(x, y),
      hover: (x, y) => page.mouse.move(x, y),
      type: (text) => page.keyboard.type(text),
      press: async (keys) => {
        const { held, key } = chord(keys);
        for (const one of held) await page.keyboard.down(one as KeyInput);
        await page.keyboard.press(key as KeyInput);
        for (const one of held) await page.keyboard.up(one as KeyInput);
      },
      upload: async (path) => {
        const field = await page.$(FILE_FIELD);
        if (!field) throw new Error("there is no field for files");
        await (field as ElementHandle<HTMLInputElement>).uploadFile(path);
      },
      close: async () => {
        await context.close();
        idle.push(mine);
      },
    };
  };
  return Promise.resolve({ name: "Firefox", tab, close: async () => void (await Promise.all(all.map((b) => b.close()))) });
}
