/* What the service worker does: the page itself opens without a network, and nothing else is ever answered from here.
 *
 * A version is a cache of its own, filled whole before it is used, so that a page never mixes files of two builds. A new version
 * waits until the page that shows it says so; the API is not touched at all. */
export interface Shell {
  readonly version: string;
  readonly files: readonly string[];
}

/** What of the browser it needs; tests give another. */
export interface Keeper {
  open(name: string): Promise<Kept>;
  keys(): Promise<readonly string[]>;
  delete(name: string): Promise<boolean>;
}
export interface Kept {
  match(path: string): Promise<Response | undefined>;
  put(path: string, response: Response): Promise<void>;
}
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

const PREFIX = "confab-";

export class ShellKeeper {
  readonly #shell: Shell;
  readonly #caches: Keeper;
  readonly #fetch: Fetch;
  readonly #name: string;

  constructor(shell: Shell, caches: Keeper, fetch: Fetch) {
    this.#shell = shell;
    this.#caches = caches;
    this.#fetch = fetch;
    this.#name = PREFIX + shell.version;
  }

  /** All of it, or nothing: then the browser tries again later. */
  async install(): Promise<void> {
    const cache = await this.#caches.open(this.#name);
    try {
      await Promise.all(
        this.#shell.files.map(async (path) => {
          // Hashed files never change; the others must come from the server and not from the browser's own cache.
          const response = await this.#fetch(path, {
            cache: path.startsWith("/assets/") ? "default" : "reload",
          });
          if (!response.ok) throw new Error(`${path}: ${String(response.status)}`);
          await cache.put(path, response);
        }),
      );
    } catch (error) {
      await this.#caches.delete(this.#name);
      throw error;
    }
  }

  async activate(): Promise<void> {
    const names = await this.#caches.keys();
    await Promise.all(
      names.filter((n) => n.startsWith(PREFIX) && n !== this.#name).map((n) => this.#caches.delete(n)),
    );
  }

  /** The answer to a request of the page, or nothing where it goes to the server as if there were no worker. */
  answer(request: { method: string; mode: string }, url: URL): Promise<Response> | undefined {
    if (request.method !== "GET") return undefined;
    if (request.mode === "navigate") return isPage(url.pathname) ? this.#kept("/") : undefined;
    if (url.pathname.startsWith("/assets/")) return this.#kept(url.pathname, true);
    return this.#shell.files.includes(url.pathname) ? this.#kept(url.pathname) : undefined;
  }

  async #kept(path: string, keep = false): Promise<Response> {
    const cache = await this.#caches.open(this.#name);
    const known = await cache.match(path);
    if (known) return known;
    const response = await this.#fetch(path);
    if (keep && response.ok) await cache.put(path, response.clone());
    return response;
  }
}

/** Addresses of the client: the others are the server's own. */
export function isPage(path: string): boolean {
  return !/^\/(?:api|debug|metrics|healthz|readyz)(?:\/|$)/.test(path) && !/\.[^/]*$/.test(path);
}
