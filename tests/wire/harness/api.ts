/* The HTTP API as programs use it, and people who do things with it. */
import { Agent, request } from "node:http";
import type {
  Message,
  Page,
  Problem,
  RoomEntry,
  SignedIn,
  User,
} from "../../../web/src/protocol/generated";
import type { Server } from "./server";
import { within } from "./wait";

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: T;
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const agent = new Agent({ keepAlive: false });

export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(what: string, status: number, problem: Problem) {
    super(`${what}: ${String(status)} ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

/** `path` below /api/v1, or whole when it begins so. */
export async function call<T = unknown>(
  server: Server,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer<T>> {
  const payload = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers: Record<string, string | number> = { ...options.headers };
  if (payload !== undefined) {
    headers["content-type"] ??= "application/json";
    headers["content-length"] = Buffer.byteLength(payload);
  } else if (method !== "GET" && method !== "HEAD") {
    headers["content-length"] = 0;
  }
  if (options.token !== undefined) headers["authorization"] = `Bearer ${options.token}`;
  const asked = new Promise<Answer<T>>((resolve, reject) => {
    const req = request(
      { host: "127.0.0.1", port: server.port, method, path: full(path), headers, agent },
      (res) => {
        const parts: Buffer[] = [];
        res.on("data", (part: Buffer) => parts.push(part));
        res.on("error", reject);
        res.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          const isJson = /json/.test(String(res.headers["content-type"]));
          const body = (isJson && text ? JSON.parse(text) : undefined) as T;
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text, body });
        });
      },
    );
    req.on("error", reject);
    req.end(payload);
  });
  return within(asked, () => `${method} ${path} is not answered`, 40_000);
}

function full(path: string): string {
  return /^\/(api|healthz|readyz|metrics|debug|assets)|^\/$/.test(path) ? path : `/api/v1${path}`;
}

let people = 0;
let clientIds = 0;

export function newClientId(): string {
  return `c-${String(process.pid)}-${String(++clientIds)}`;
}

/** Somebody signed in. What is refused throws, except through `ask`. */
export class Person {
  readonly server: Server;
  readonly user: User;
  readonly session: string;
  readonly token: string;
  readonly password: string;

  private constructor(server: Server, signedIn: SignedIn, password: string) {
    this.server = server;
    this.user = signedIn.user;
    this.session = signedIn.session.id;
    this.token = signedIn.token ?? "";
    this.password = password;
  }

  static async signUp(server: Server, name = `p${String(++people)}`, display?: string): Promise<Person> {
    const password = `correct horse ${name}`;
    const body = { name, password, token: true, label: "wire", ...(display ? { display_name: display } : {}) };
    const answer = await call<SignedIn>(server, "POST", "/accounts", { body });
    if (answer.status !== 201) throw new Error(`sign-up of ${name}: ${String(answer.status)} ${answer.text}`);
    return new Person(server, answer.body, password);
  }

  /** Another session of the same person. */
  async again(): Promise<Person> {
    const body = { name: this.user.name, password: this.password, token: true };
    const answer = await call<SignedIn>(this.server, "POST", "/session", { body });
    if (answer.status !== 200) throw new Error(`sign-in: ${String(answer.status)} ${answer.text}`);
    return new Person(this.server, answer.body, this.password);
  }

  get id(): string {
    return this.user.id;
  }

  async ask<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return call<T>(this.server, method, path, { token: this.token, body });
  }

  async do<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask<T>(method, path, body);
    if (answer.status >= 300) throw new Refused(`${method} ${path}`, answer.status, answer.body as Problem);
    return answer.body;
  }

  async group(name: string, ...members: Person[]): Promise<RoomEntry> {
    return this.do("POST", "/rooms", { kind: "group", name, members: members.map((m) => m.id) });
  }

  async open(name: string, ...members: Person[]): Promise<RoomEntry> {
    return this.do("POST", "/rooms", { kind: "open", name, members: members.map((m) => m.id) });
  }

  async direct(other: Person): Promise<RoomEntry> {
    return this.do("POST", "/rooms", { kind: "direct", user: other.id });
  }

  async send(room: string, text: string, more: Readonly<Record<string, unknown>> = {}): Promise<Message> {
    return this.do("POST", `/rooms/${room}/messages`, { client_id: newClientId(), text, ...more });
  }

  async page(room: string, query = ""): Promise<Page> {
    return this.do("GET", `/rooms/${room}/messages${query}`);
  }

  /** Every line of a room, oldest first, with the head that it was read at. */
  async timeline(room: string): Promise<{ head: number; messages: Message[] }> {
    const messages: Message[] = [];
    for (let after = 0; ; ) {
      const page = await this.page(room, `?after=${String(after)}&limit=200`);
      messages.push(...page.messages);
      if (!page.has_after) return { head: page.head, messages };
      after = messages.at(-1)!.seq;
    }
  }
}
