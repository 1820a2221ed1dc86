/* The real binary, on a free port, with a data folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Bell, DEADLINE_MS } from "./wait";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

export interface ServerOptions {
  /** Flags beside those that every test server has. */
  readonly flags?: readonly string[];
  /** Limits on tries and commands as in production. */
  readonly limits?: boolean;
  /** Passwords hashed at their full cost. */
  readonly passwords?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Starts on this data; then it isn't removed at the end. */
  readonly data?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function binary(): string {
  const given = process.env["CONFAB_BIN"] ?? process.env["CONFAB_BINARY"];
  const path = given ?? join(ROOT, "build/src/server/confab");
  if (!existsSync(path)) throw new Error(`${path} is not built; CONFAB_BIN names another`);
  return path;
}

export class Server {
  readonly data: string;
  port = 0;
  log = "";
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #exit: Exit | undefined;
  readonly #bell = new Bell();

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.data = options.data ?? mkdtempSync(join(tmpdir(), "confab-wire-"));
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server(options);
    await server.restart();
    return server;
  }

  get host(): string {
    return `127.0.0.1:${String(this.port)}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it (again), on the port that it had before. */
  async restart(): Promise<void> {
    if (this.#child && !this.#exit) throw new Error("it still runs");
    const easy = this.#options.limits ? [] : ["--rate-limits=no"];
    const cheap = this.#options.passwords ? [] : ["--cheap-passwords"];
    const flags = [...cheap, ...easy, ...(this.#options.flags ?? [])];
    const listen = `127.0.0.1:${String(this.port)}`;
    this.#exit = undefined;
    this.log = "";
    const child = spawn(binary(), ["serve", "--listen", listen, "--data", this.data, ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...this.#options.env },
    });
    this.#child = child;
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      this.log += text;
      this.#bell.ring();
    });
    child.on("close", (code, signal) => {
      this.#exit = { code, signal };
      this.#bell.ring();
    });
    await this.#bell.until(
      () => {
        if (this.#exit) throw new Error(`it ended at the start:\n${this.log}`);
        const listening = /listening.* address=127\.0\.0\.1:(\d+)/.exec(this.log);
        if (!listening || !/\bready\b/.test(this.log)) return undefined;
        this.port = Number(listening[1]);
        return true;
      },
      () => `the server is not ready:\n${this.log}`,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async exited(ms = DEADLINE_MS): Promise<Exit> {
    return this.#bell.until(
      () => this.#exit,
      () => `the server has not ended:\n${this.log}`,
      ms,
    );
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited();
  }

  /** Ends it in order and removes its data. Throws when it did not end well: sanitizers say so by their exit status. */
  async stop(): Promise<void> {
    if (this.#child && !this.#exit) {
      this.signal("SIGTERM");
      const exit = await this.exited(DEADLINE_MS * 2);
      if (exit.code !== 0) throw new Error(`exit ${JSON.stringify(exit)}:\n${this.log}`);
    }
    if (this.#options.data === undefined) rmSync(this.data, { recursive: true, force: true });
  }
}
