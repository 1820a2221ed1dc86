/* One person before one browser, whichever engine it is. Whatever they look for they wait for. */
import { eventually, SLOW } from "../../../tests/wire/harness/wait";
import { said, scripts, text, the, type Query, type Words } from "./find";
import { FILE_FIELD, type Engine, type Size, type Tab } from "./tab";

const PATIENCE_MS = 60_000 * SLOW;
export const PASSWORD = "a good long password";

export class Someone {
  readonly name: string;
  readonly tab: Tab;
  readonly base: string;
  /** One of the two is shown at a time: the conversations, or what stands in them. */
  readonly narrow: boolean;

  private constructor(name: string, base: string, tab: Tab, size: Size) {
    this.name = name;
    this.base = base;
    this.tab = tab;
    this.narrow = size.width < 720;
  }

  static async at(engine: Engine, base: string, name: string, size: Size): Promise<Someone> {
    return new Someone(name, base, await engine.tab(size), size);
  }

  get shown(): string {
    return this.name.charAt(0).toUpperCase() + this.name.slice(1);
  }

  close(): Promise<void> {
    return this.tab.close();
  }

  go(path: string): Promise<void> {
    return this.tab.open(this.base + path);
  }

  /** Asks until there is an answer; a complaint shows the screen. */
  async until<T>(ask: () => Promise<T | undefined>, what: () => string): Promise<T> {
    try {
      return await eventually(ask, "", PATIENCE_MS);
    } catch {
      throw new Error(`${this.name}: ${what()}\n${await this.tab.run<string>(scripts.outline())}`);
    }
  }

  async see(query: Query): Promise<void> {
    await this.until(async () => (await this.count(query)) > 0 || undefined, () => `does not see ${said(query)}`);
  }

  async gone(query: Query): Promise<void> {
    await this.until(async () => (await this.count(query)) === 0 || undefined, () => `still sees ${said(query)}`);
  }

  count(query: Query): Promise<number> {
    return this.tab.run<number>(scripts.count(query));
  }

  /** What an expression of `e` says of the element, once it is there. */
  look<T>(query: Query, expression: string): Promise<T> {
    return this.until(async () => (await this.tab.run<T | null | undefined>(scripts.look(query, expression))) ?? undefined, () => `does not see ${said(query)}`);
  }

  /** Aims at it and acts there, until it was met. */
  async #at(query: Query, act: (x: number, y: number) => Promise<unknown>): Promise<void> {
    let why = "";
    await this.until(
      async () => {
        const there = await this.tab.run<{ x: number; y: number } | string>(scripts.aim(query));
        if (typeof there === "string") {
          why = there;
          return undefined;
        }
        await act(there.x, there.y);
        why = "it moved away";
        return (await this.tab.run<boolean>(scripts.met())) || undefined;
      },
      () => `cannot reach ${said(query)}: ${why}`,
    );
  }

  tap(query: Query): Promise<void> {
    return this.#at(query, (x, y) => this.tab.tap(x, y));
  }

  /** Scrolls up until it stands on the screen; what is farther up comes as one scrolls. */
  async scrollTo(query: Query, scroller: Query): Promise<void> {
    const inView = "e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().bottom <= innerHeight";
    await this.until(
      async () => {
        if (await this.tab.run<boolean | null>(scripts.look(query, inView))) return true;
        await this.look(scroller, "(e.scrollTop = 0, true)");
        return undefined;
      },
      () => `does not come to ${said(query)}`,
    );
  }

  /** Writes in the place of what stands in the field. */
  async fill(query: Query, words: string): Promise<void> {
    await this.tap(query);
    if ((await this.look<string>(query, "e.value")) !== "") await this.tab.press("Control+a");
    await this.tab.type(words);
    await this.until(async () => (await this.look<string>(query, "e.value")) === words || undefined, () => `cannot write “${words}” in ${said(query)}`);
  }

  /** Gives the file to the field for files, once there is one. */
  async upload(path: string): Promise<void> {
    const there = `return document.querySelector(${JSON.stringify(FILE_FIELD)}) !== null;`;
    await this.until(async () => (await this.tab.run<boolean>(there)) || undefined, () => "sees no field for files");
    await this.tab.upload(path);
  }

  button(words: Words, within?: Query): Promise<void> {
    return this.tap(the("button", words, within));
  }

  press(key: string): Promise<void> {
    return this.tab.press(key);
  }

  /** What has the focus, by its name. */
  focused(): Promise<string> {
    return this.tab.run<string>(scripts.focused());
  }

  /** Waits until the focus is on what is called so. */
  async stands(name: RegExp): Promise<void> {
    await this.until(async () => name.test(await this.focused()) || undefined, () => `is not at ${String(name)}`);
  }

  /** By the keyboard alone: Tab until the focus is on what is called so. */
  async tabTo(name: RegExp): Promise<void> {
    const way: string[] = [];
    for (let i = 0; i < 60; i++) {
      const here = await this.focused();
      if (name.test(here)) return;
      way.push(here);
      await this.press("Tab");
    }
    throw new Error(`${this.name}: the keyboard does not reach ${String(name)}, only ${way.join(" | ")}`);
  }

  /** Closes the page, as far as the server can tell. */
  away(): Promise<void> {
    return this.tab.open("about:blank");
  }

  // --- what everybody does here

  async signUp(): Promise<this> {
    await this.go("/signup");
    await this.fill(the("textbox", "Name"), this.name);
    await this.fill(the("textbox", /^Display name/), this.shown);
    await this.fill(the("textbox", "Password"), PASSWORD);
    await this.button("Create account");
    await this.see(HOME);
    return this;
  }

  /** Has an account already, and comes in. */
  async arrive(): Promise<this> {
    await this.go("/signup");
    await this.see(the("textbox", "Name"));
    await this.api("POST", "/accounts", { name: this.name, display_name: this.shown, password: PASSWORD });
    await this.go("/");
    await this.see(HOME);
    return this;
  }

  /** Finds somebody as one types, and opens the conversation with them. */
  async talkTo(other: Someone): Promise<void> {
    await this.fill(SEARCH, other.name);
    await this.button(new RegExp(`@${other.name}$`), LIST);
    await this.see(composer());
  }

  async openConversation(title: string): Promise<void> {
    await this.tap(the("link", new RegExp(title), LIST));
    await this.see(composer());
  }

  /** Back to the conversations, where a phone shows nothing else beside them. */
  async home(): Promise<void> {
    if (this.narrow) await this.button("Back");
    await this.see(HOME);
  }

  async say(words: string): Promise<void> {
    await this.fill(composer(), words);
    await this.button("Send");
  }

  /** One of the actions of a message: under a finger that holds it, or beside it for the mouse. */
  async choose(words: string, action: string): Promise<void> {
    const row = message(words);
    const { hold } = this.tab;
    if (hold) {
      let release: (() => Promise<void>) | undefined;
      await this.#at(row, async (x, y) => {
        await release?.();
        release = await hold(x, y);
      });
      await this.see(the("menu"));
      await release?.();
    } else {
      await this.#at(row, (x, y) => this.tab.hover(x, y));
      await this.button("Message actions", row);
    }
    await this.tap(the("menuitem", action));
  }

  /** Says yes to what asks once more. */
  agree(name: string): Promise<void> {
    return this.button(name, the("alertdialog"));
  }

  async makeRoom(name: string, { who, topic, listed }: { who?: RegExp; topic?: string; listed?: boolean } = {}): Promise<void> {
    await this.button("New conversation");
    await this.button("Make a room for several");
    if (who) await this.tap(the("radio", who));
    await this.fill(the("textbox", "Name"), name);
    if (topic !== undefined) await this.fill(the("textbox", /^Topic/), topic);
    if (listed) await this.tap(the("checkbox", /^Show it in the list/));
    await this.button("Make the room");
    await this.see(composer(`Message to ${name}`));
  }

  /** Opens what is told of the room, where it is not open. */
  async details(): Promise<void> {
    if ((await this.count(DETAILS)) === 0) await this.button("Details");
    await this.see(DETAILS);
  }

  /** On a phone it stands before the messages. */
  async leaveDetails(): Promise<void> {
    if (this.narrow && (await this.count(DETAILS)) > 0) await this.button("Back");
  }

  /** The same request as the client makes, in this person's name. */
  api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const options = JSON.stringify({ method, ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }) });
    return this.tab.run<T>(`const answer = await fetch("/api/v1${path}", ${options}); const text = await answer.text(); return text === "" ? null : JSON.parse(text);`);
  }
}

export const HOME = the("heading", "Conversations");
export const LIST = the("#conversation-list");
export const SEARCH = the("searchbox", /^Search people and rooms/);
export const SETTINGS = the("button", /Settings$/);
const DETAILS = the("[data-testid=details]");
export const LOG = the("log");

export function composer(to: Words = /^Message to /): Query {
  return the("textbox", to);
}

/** A message on the screen that holds the words. */
export function message(words: string): Query {
  return the("article", new RegExp(words.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")), LOG);
}

export { text, the };
