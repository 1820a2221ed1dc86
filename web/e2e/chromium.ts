/* People in Chromium (Debian's headless shell, which has no windows to draw): each has a browser context of their own, and
 * everything that a page complains of is kept. */
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from "playwright-core";
import { afterAll, expect } from "vitest";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export interface Looks {
  readonly size?: { readonly width: number; readonly height: number };
  readonly dark?: boolean;
  /** With the service worker that makes an installed app of the page. */
  readonly worker?: boolean;
  /** No motion. */
  readonly still?: boolean;
  readonly locale?: string;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium-headless-shell", args: FLAGS, timeout: 90_000 });
}

/** Until what moves in the page has come to its end. */
export function settled(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const ends = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ends.map((a) => a.finished));
  });
}

/** Nobody's page may have complained, whatever the test is about. Of the hooks after all this is the last. */
const people: Person[] = [];
afterAll(() => {
  expect(people.flatMap((who) => who.complaints.map((words) => `${who.name}: ${words}`))).toEqual([]);
});

/** One person at one device. */
export class Person {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the page, and errors and warnings of its console, but for refusals and broken lines that a test brings about itself. */
  readonly complaints: string[] = [];
  readonly #base: string;

  private constructor(name: string, base: string, context: BrowserContext, page: Page) {
    this.name = name;
    this.#base = base;
    this.context = context;
    this.page = page;
    people.push(this);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      const expected = /Failed to load resource|ERR_INTERNET_DISCONNECTED|Service Worker registration blocked by Playwright|WebSocket connection to|ERR_CONNECTION_REFUSED/;
      if (["error", "warning"].includes(message.type()) && !expected.test(message.text())) this.complaints.push(message.text());
    });
  }

  static async at(browser: Browser, base: string, name: string, looks: Looks = {}): Promise<Person> {
    const phone = (looks.size?.width ?? DESK.width) < 600;
    const context = await browser.newContext({
      viewport: looks.size ?? DESK,
      colorScheme: looks.dark ? "dark" : "light",
      reducedMotion: looks.still ? "reduce" : "no-preference",
      serviceWorkers: looks.worker ? "allow" : "block",
      hasTouch: phone,
      isMobile: phone,
      locale: looks.locale ?? "en-GB",
    });
    context.setDefaultTimeout(90_000);
    return new Person(name, base, context, await context.newPage());
  }

  /** Makes an account and is at the list of conversations. */
  async signUp(): Promise<this> {
    await this.page.goto(`${this.#base}/signup`);
    await this.page.getByLabel("Name", { exact: true }).fill(this.name);
    await this.page.getByLabel("Display name").fill(this.shown);
    await this.page.getByLabel("Password", { exact: true }).fill("a good long password");
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
    return this;
  }

  /** On another device of somebody who has an account. */
  async signIn(): Promise<this> {
    await this.page.goto(`${this.#base}/signin`);
    await this.page.getByLabel("Name", { exact: true }).fill(this.name);
    await this.page.getByLabel("Password", { exact: true }).fill("a good long password");
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByRole("heading", { name: "Conversations" }).first().waitFor();
    return this;
  }

  get shown(): string {
    return this.name.charAt(0).toUpperCase() + this.name.slice(1);
  }

  async go(path: string): Promise<void> {
    await this.page.goto(this.#base + path);
  }

  /** Finds somebody as one types, and opens the conversation with them. */
  async talkTo(other: string): Promise<void> {
    await this.page.getByRole("searchbox", { name: "Search people and rooms" }).fill(other.slice(0, 3));
    await this.page.getByRole("button", { name: new RegExp(other) }).click();
    await this.composer.waitFor();
  }

  async openConversation(title: string): Promise<void> {
    await this.page.locator("#conversation-list").getByRole("link", { name: new RegExp(title) }).click();
    // Not the one that stood there before.
    await this.page.getByRole("textbox", { name: new RegExp(`^Message to .*${title}`) }).waitFor();
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^Message to / });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.page.getByRole("button", { name: "Send", exact: true }).click();
  }

  /** The messages on screen that hold the text. */
  message(text: string): Locator {
    return this.page.getByRole("article").filter({ hasText: text });
  }

  /** Those of them that the room has: with what still waits to be sent, little can be done. */
  kept(text: string): Locator {
    return this.message(text).and(this.page.locator("[data-seq]"));
  }

  /** The same request as the client makes, in this person's name. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.page.evaluate(
      async ([m, p, b]) => {
        const answer = await fetch(`/api/v1${p}`, {
          method: m,
          ...(b === null ? {} : { headers: { "content-type": "application/json" }, body: b }),
        });
        const text = await answer.text();
        return (text === "" ? null : JSON.parse(text)) as T;
      },
      [method, path, body === undefined ? null : JSON.stringify(body)] as const,
    );
  }

  /** What is wider than it may be: the page, or something that scrolls up and down; code alone may scroll sideways. */
  async overflows(): Promise<string[]> {
    return this.page.evaluate(() => {
      const root = document.documentElement;
      const wide = (e: Element): boolean => e.scrollWidth > e.clientWidth;
      const scrolls = (e: Element): boolean => ["auto", "scroll"].includes(getComputedStyle(e).overflowY) && !e.matches("pre, textarea");
      return [root, ...[...root.querySelectorAll("*")].filter(scrolls)].filter(wide).map((e) => e.outerHTML.split(">", 1)[0] ?? "");
    });
  }
}
