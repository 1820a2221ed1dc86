/* Chromium, by Playwright. */
import { launch } from "../chromium";
import { FILE_FIELD, type Engine, type Tab } from "./tab";

export async function chromium(): Promise<Engine> {
  const browser = await launch();
  return {
    name: "Chromium",
    tab: async (size): Promise<Tab> => {
      const phone = size.width < 600;
      const context = await browser.newContext({
        viewport: size,
        hasTouch: phone,
        isMobile: phone,
        locale: "en-GB",
        serviceWorkers: "block",
      });
      const page = await context.newPage();
      const finger = async (x: number, y: number): Promise<() => Promise<void>> => {
        const devtools = await context.newCDPSession(page);
        await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
        return async () => {
          await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
          await devtools.detach();
        };
      };
      return {
        open: async (url) => void (await page.goto(url)),
        run: <T>(body: string) => page.evaluate<T>(`(async () => { ${body} })()`),
        tap: (x, y) => (phone ? page.touchscreen.tap(x, y) : page.mouse.click(x, y)),
        ...(phone && { hold: finger }),
        hover: (x, y) => page.mouse.move(x, y),
        type: (text) => page.keyboard.type(text),
        press: (key) => page.keyboard.press(key),
        upload: (path) => page.setInputFiles(FILE_FIELD, path),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}
