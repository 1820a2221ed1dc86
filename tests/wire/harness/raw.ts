/* Bytes on a socket, and HTTP answers read from them by hand: nothing here mends what the server says. */
import { connect, type Socket } from "node:net";
import { Bell } from "./wait";
import type { Server } from "./server";

export interface RawAnswer {
  readonly status: number;
  readonly version: string;
  /** Lower-case names; several of one name stand joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Parsed<T> {
  readonly value: T;
  readonly used: number;
}

/** One answer at the front of `bytes`; undefined while it is not whole. */
export function parseAnswer(bytes: Buffer, toHead: boolean): Parsed<RawAnswer> | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...fields] = bytes.toString("latin1", 0, end).split("\r\n");
  const first = /^HTTP\/(1\.[01]) (\d{3}) [ -~]*$/.exec(line);
  if (!first) throw new Error(`no status line: ${JSON.stringify(line)}`);
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*)$/.exec(field);
    if (!parts) throw new Error(`no field line: ${JSON.stringify(field)}`);
    const name = parts[1]!.toLowerCase();
    headers[name] = headers[name] === undefined ? parts[2]! : `${headers[name]}, ${parts[2]!}`;
  }
  const status = Number(first[2]);
  const bodiless = toHead || status < 200 || status === 204 || status === 304;
  const length = bodiless ? 0 : Number(headers["content-length"] ?? Number.NaN);
  if (Number.isNaN(length)) throw new Error(`an answer without length: ${line}`);
  const from = end + 4;
  if (bytes.length < from + length) return undefined;
  const body = bytes.subarray(from, from + length);
  return { value: { status, version: first[1]!, headers, body }, used: from + length };
}

export class Raw {
  readonly socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  readonly #bell = new Bell();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (data: Buffer) => {
      this.#rest = this.#rest.length ? Buffer.concat([this.#rest, data]) : data;
      this.#bell.ring();
    });
    const end = (): void => {
      this.#ended = true;
      this.#bell.ring();
    };
    socket.on("end", end);
    socket.on("close", end);
    socket.on("error", end);
  }

  static async open(server: Server): Promise<Raw> {
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const raw = new Raw(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return raw;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Waits until `parse` finds something whole at the front of what came, and takes it off. */
  async take<T>(parse: (bytes: Buffer) => Parsed<T> | undefined, what: string): Promise<T> {
    return this.#bell.until(
      () => {
        const parsed = parse(this.#rest);
        if (!parsed && this.#ended) throw new Error(`closed while waiting for ${what}; there is ${this.#said()}`);
        if (!parsed) return undefined;
        this.#rest = this.#rest.subarray(parsed.used);
        return parsed.value;
      },
      () => `waiting for ${what}; there is ${this.#said()}`,
    );
  }

  async answer(toHead = false): Promise<RawAnswer> {
    return this.take((bytes) => parseAnswer(bytes, toHead), "an answer");
  }

  /** Waits for the peer's end; what came before it and was not taken. */
  async end(ms?: number): Promise<Buffer> {
    await this.#bell.until(
      () => this.#ended || undefined,
      () => `the connection is still open; there is ${this.#said()}`,
      ms,
    );
    return this.#rest;
  }

  get isOpen(): boolean {
    return !this.#ended;
  }

  get waiting(): Buffer {
    return this.#rest;
  }

  close(): void {
    this.socket.destroy();
  }

  #said(): string {
    return JSON.stringify(this.#rest.toString("latin1", 0, 300));
  }
}

/** One request on a connection of its own, exactly as given. */
export async function ask(server: Server, bytes: string | Buffer): Promise<RawAnswer & { readonly closed: boolean }> {
  const raw = await Raw.open(server);
  try {
    raw.send(bytes);
    const toHead = bytes.toString("latin1").startsWith("HEAD ");
    const answer = await raw.answer(toHead);
    const closed = answer.headers["connection"] === "close";
    if (closed) await raw.end();
    return { ...answer, closed };
  } finally {
    raw.close();
  }
}
