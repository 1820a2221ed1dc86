/* What a test asks of a browser, the same of every engine: it loads, runs what looks, and acts with real keys and a real
 * pointer. All that is found is found by `find.ts` in the page, so that the engines differ in nothing else. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Tab {
  open(url: string): Promise<void>;
  /** Runs the text of an asynchronous function's body in the page. */
  run<T>(body: string): Promise<T>;
  /** By the mouse; by a finger on a phone, where the engine has one. */
  tap(x: number, y: number): Promise<void>;
  /** A finger is laid there; what comes back lifts it. Where the engine has fingers. */
  readonly hold?: (x: number, y: number) => Promise<() => Promise<void>>;
  /** Brings the mouse there. */
  hover(x: number, y: number): Promise<void>;
  /** Key by key, to what has the focus. */
  type(text: string): Promise<void>;
  /** One key, with modifiers before it: "Enter", "Shift+Tab", "Control+k". */
  press(key: string): Promise<void>;
  /** Gives the file to the one field of the page that takes files. */
  upload(path: string): Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** A page of somebody new: it shares nothing with any other. */
  tab(size: Size): Promise<Tab>;
  close(): Promise<void>;
}

export const FILE_FIELD = 'input[type="file"]';

/** "Control+Shift+k" taken apart. */
export function chord(keys: string): { readonly held: readonly string[]; readonly key: string } {
  const parts = keys.split("+");
  return { held: parts.slice(0, -1), key: parts.at(-1) ?? "" };
}
