/* A live connection that records every frame and checks the laws of order itself, whatever carries it:
 *   seq of a room and useq of the person go on by one, from the cursors or the snapshot on;
 *   nothing comes of rooms that one is not in; a beat never tells of more than what has come. */
import { request, type ClientRequest } from "node:http";
import type { ClientCommand, Problem, ReadyFrame, RoomEntry, ServerFrame } from "../../../web/src/protocol/generated";
import { call, type Person } from "./api";
import { Bell, must } from "./wait";
import { CLOSE, PING, PONG, TEXT, Ws, closeFrame, frame, inflated, parseFrame, type Closed } from "./ws";

export type Kind = "ws" | "sse" | "poll";
export type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

export interface Cursors {
  readonly epoch: string;
  readonly useq: number;
  readonly rooms: Readonly<Record<string, number>>;
}

export interface LiveOptions {
  readonly cursors?: Cursors;
  readonly deflate?: boolean;
  /** Says nothing, not even hello. */
  readonly silent?: boolean;
}

export class CommandRefused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.problem = problem;
  }
}

interface Carrier {
  send(command: unknown): void;
  close(): void;
  /** Stops reading, so that the kernel's buffers fill and then the server's. */
  pause?(paused: boolean): void;
}

export class Live {
  readonly person: Person;
  readonly frames: ServerFrame[] = [];
  readonly violations: string[] = [];
  readonly heads = new Map<string, number>();
  /** Passing rooms that the connection is in, and their heads. */
  readonly passing = new Map<string, number>();
  epoch = "";
  useq = -1;
  connection = "";
  closed: Closed | undefined;
  #carrier: Carrier | undefined;
  #read = 0;
  #ids = 0;
  readonly #bell = new Bell();

  private constructor(person: Person, cursors: Cursors | undefined) {
    this.person = person;
    if (!cursors) return;
    this.epoch = cursors.epoch;
    this.useq = cursors.useq;
    for (const [room, seq] of Object.entries(cursors.rooms)) this.heads.set(room, seq);
  }

  /** Connected and said hello; `synced` has not come yet. */
  static async connect(person: Person, kind: Kind = "ws", options: LiveOptions = {}): Promise<Live> {
    const live = new Live(person, options.cursors);
    const carriers = { ws: overWebSocket, sse: overEvents, poll: overPolls };
    live.#carrier = await carriers[kind](live, options);
    return live;
  }

  /** Connected and synchronised. */
  static async open(person: Person, kind: Kind = "ws", options: LiveOptions = {}): Promise<Live> {
    const live = await Live.connect(person, kind, options);
    await live.next("synced");
    return live;
  }

  get cursors(): Cursors {
    return { epoch: this.epoch, useq: this.useq, rooms: Object.fromEntries(this.heads) };
  }

  get ready(): ReadyFrame {
    return must(this.frames.find((f) => f.type === "ready"));
  }

  /** The next frame of this type (and of which `also` holds) after the one that was returned last. */
  async next<T extends ServerFrame["type"]>(type: T, also: (f: FrameOf<T>) => boolean = () => true): Promise<FrameOf<T>> {
    return this.#bell.until(
      () => {
        for (let i = this.#read; i < this.frames.length; i++) {
          const f = this.frames[i]!;
          if (f.type !== type || !also(f as FrameOf<T>)) continue;
          this.#read = i + 1;
          return f as FrameOf<T>;
        }
        if (this.closed) throw new Error(`closed (${this.closed.reason}) while waiting for ${type}; ${this.#said()}`);
        return undefined;
      },
      () => `no frame ${type}; ${this.#said()}`,
    );
  }

  /** Waits until something about what came is so. */
  async until(ask: (live: Live) => boolean, what: string): Promise<void> {
    await this.#bell.until(
      () => ask(this) || undefined,
      () => `${what}; ${this.#said()}`,
    );
  }

  /** Waits until the room has come so far. */
  async reaches(room: string, seq: number): Promise<void> {
    await this.until(() => (this.heads.get(room) ?? -1) >= seq, `the head of ${room} is not ${String(seq)}`);
  }

  /** Frames of a type, of one room if told. */
  of<T extends ServerFrame["type"]>(type: T, room?: string): FrameOf<T>[] {
    return this.frames.filter(
      (f): f is FrameOf<T> => f.type === type && (room === undefined || ("room" in f && f.room === room)),
    );
  }

  texts(room: string): string[] {
    return this.of("message", room)
      .filter((f) => f.message.kind !== "notice")
      .map((f) => f.message.text);
  }

  /** A command along the connection, without waiting. */
  tell(command: Record<string, unknown> | string): void {
    must(this.#carrier).send(command);
  }

  /** A command; resolves with what `reply` carries, rejects with CommandRefused. */
  async command(command: ClientCommand): Promise<unknown> {
    const id = String(++this.#ids);
    this.tell({ ...command, id });
    return this.#bell.until(
      () => {
        for (const f of this.frames) {
          if (f.type === "reply" && f.id === id) return f;
          if (f.type === "error" && f.id === id) throw new CommandRefused(f.problem);
        }
        if (this.closed) throw new Error(`closed before ${command.type} was answered`);
        return undefined;
      },
      () => `${command.type} is not answered; ${this.#said()}`,
    ).then((f) => f.result);
  }

  async ended(): Promise<Closed> {
    return this.#bell.until(
      () => this.closed,
      () => `the connection is still there; ${this.#said()}`,
    );
  }

  close(): void {
    this.#carrier?.close();
  }

  pause(paused: boolean): void {
    must(this.#carrier?.pause)(paused);
  }

  // ---------------------------------------------------------------------------------------- for the carriers

  onFrame(f: ServerFrame): void {
    this.frames.push(f);
    this.#judge(f);
    this.#bell.ring();
  }

  onClosed(closed: Closed): void {
    this.closed ??= closed;
    this.#bell.ring();
  }

  #judge(f: ServerFrame): void {
    switch (f.type) {
      case "ready":
        this.#onReady(f);
        break;
      case "message":
      case "edit":
      case "delete":
      case "reaction":
      case "pin":
        this.#advance(f);
        break;
      case "reset":
        this.#take(f.entry);
        break;
      case "room_added":
        this.#advanceOwn(f.useq);
        this.#take(f.entry);
        break;
      case "room_removed":
        this.#advanceOwn(f.useq);
        this.heads.delete(f.room);
        break;
      case "read":
      case "me":
      case "blocked":
      case "notify":
      case "unread":
      case "draft":
      case "star":
      case "hidden":
      case "whisper":
      case "whispers_read":
        this.#advanceOwn(f.useq);
        break;
      case "beat":
        if (f.useq > this.useq) this.#wrong(`beat tells useq ${String(f.useq)}, ${String(this.useq)} has come`);
        for (const [room, head] of Object.entries(f.heads)) {
          const mine = this.heads.get(room) ?? this.passing.get(room);
          if (mine !== undefined && head > mine) this.#wrong(`beat: ${room} is at ${String(head)}, here ${String(mine)}`);
        }
        break;
      case "passing_state":
        this.passing.set(f.room, f.seq);
        break;
      case "passing_entered":
      case "passing_left":
      case "passing_link":
      case "passing_said":
      case "passing_unsaid": {
        const head = this.passing.get(f.room);
        if (head === undefined || f.seq !== head + 1) this.#wrong(`${f.type}: seq ${String(f.seq)} after ${String(head)}`);
        this.passing.set(f.room, f.seq);
        break;
      }
      case "typing":
      case "seen":
        if (!this.heads.has(f.room) && !this.passing.has(f.room)) this.#wrong(`${f.type} of a room that one is not in`);
        break;
      default:
    }
  }

  #onReady(f: ReadyFrame): void {
    if (this.connection) this.#wrong("ready twice");
    this.connection = f.connection;
    this.epoch = f.epoch;
    if (f.resumed) {
      if (this.useq < 0) this.#wrong("resumed without cursors");
      return;
    }
    this.useq = f.useq;
    this.heads.clear();
    for (const entry of must(f.rooms, "rooms in a ready that does not resume")) this.#take(entry);
  }

  #take(entry: RoomEntry): void {
    this.heads.set(entry.room.id, entry.room.head);
  }

  #advance(f: FrameOf<"message" | "edit" | "delete" | "reaction" | "pin">): void {
    const head = this.heads.get(f.room);
    if (head === undefined) this.#wrong(`${f.type} ${String(f.seq)} of a room that one is not in`);
    else if (f.seq !== head + 1) this.#wrong(`${f.type}: seq ${String(f.seq)} after ${String(head)}`);
    this.heads.set(f.room, f.seq);
  }

  #advanceOwn(useq: number): void {
    if (useq !== this.useq + 1) this.#wrong(`useq ${String(useq)} after ${String(this.useq)}`);
    this.useq = useq;
  }

  #wrong(what: string): void {
    this.violations.push(`${this.person.user.name}: ${what}`);
  }

  #said(): string {
    return `came: ${this.frames
      .slice(-12)
      .map((f) => JSON.stringify(f).slice(0, 160))
      .join("\n  ")}`;
  }
}

function hello(options: LiveOptions): Record<string, unknown> {
  return { type: "hello", ...options.cursors };
}

async function overWebSocket(live: Live, options: LiveOptions): Promise<Carrier> {
  const { token, server } = live.person;
  const ws = await Ws.open(server, { path: "/api/v1/socket", token, deflate: options.deflate ?? false });
  let parts: Buffer = Buffer.alloc(0);
  const take = (data: Buffer): void => {
    parts = parts.length ? Buffer.concat([parts, data]) : data;
    for (let parsed = parseFrame(parts); parsed; parsed = parseFrame(parts)) {
      parts = parts.subarray(parsed.used);
      const f = parsed.value;
      const payload = f.rsv === 4 ? inflated(f.payload) : f.payload;
      if (f.opcode === TEXT) live.onFrame(JSON.parse(payload.toString("utf8")) as ServerFrame);
      else if (f.opcode === PING) ws.send(frame(PONG, payload));
      else if (f.opcode === CLOSE) {
        live.onClosed({ code: payload.length ? payload.readUInt16BE(0) : 1005, reason: payload.toString("utf8", 2) });
        ws.raw.socket.end(frame(CLOSE, payload.subarray(0, 2)));
      }
    }
  };
  const early = ws.raw.waiting;
  ws.raw.socket.removeAllListeners("data");
  ws.raw.socket.on("data", take);
  const gone = (): void => {
    live.onClosed({ code: 1006, reason: "" });
    ws.raw.socket.end();
  };
  ws.raw.socket.on("end", gone);
  ws.raw.socket.on("close", gone);
  if (early.length) take(Buffer.from(early));
  if (!options.silent) ws.send(frame(TEXT, JSON.stringify(hello(options))));
  return {
    send(command) {
      ws.send(frame(TEXT, typeof command === "string" ? command : JSON.stringify(command)));
    },
    close() {
      ws.raw.socket.end(closeFrame(1000));
    },
    pause(paused) {
      if (paused) ws.raw.socket.pause();
      else ws.raw.socket.resume();
    },
  };
}

/** Commands of connections that can't send go by HTTP; what comes back is recorded as the frame that a socket would get. */
function byHttp(live: Live, command: unknown): void {
  const { id = "", ...body } = command as { id?: string };
  const query = live.connection ? `?connection=${live.connection}` : "";
  call(live.person.server, "POST", `/commands${query}`, { token: live.person.token, body }).then(
    (answer) => {
      if (answer.status < 300) live.onFrame({ type: "reply", id, result: answer.body });
      else live.onFrame({ type: "error", id, problem: answer.body as Problem });
    },
    () => undefined,
  );
}

function query(options: LiveOptions): string {
  return `hello=${encodeURIComponent(JSON.stringify(hello(options)))}`;
}

async function overEvents(live: Live, options: LiveOptions): Promise<Carrier> {
  const { server, token } = live.person;
  const req: ClientRequest = request({
    host: "127.0.0.1",
    port: server.port,
    path: `/api/v1/events?${query(options)}`,
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    agent: false,
  });
  await new Promise<void>((resolve, reject) => {
    req.on("error", reject);
    req.on("response", (res) => {
      if (res.statusCode !== 200 || !String(res.headers["content-type"]).startsWith("text/event-stream")) {
        reject(new Error(`events: ${String(res.statusCode)}`));
        return;
      }
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (more: string) => {
        text += more;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          const data = lines.filter((l) => l.startsWith("data: ")).map((l) => l.slice(6));
          if (data.length) live.onFrame(JSON.parse(data.join("\n")) as ServerFrame);
        }
      });
      res.on("error", () => undefined);
      res.on("close", () => {
        live.onClosed({ code: 1006, reason: "" });
      });
      resolve();
    });
    req.end();
  });
  return {
    send(command) {
      byHttp(live, command);
    },
    close() {
      req.destroy();
    },
  };
}

async function overPolls(live: Live, options: LiveOptions): Promise<Carrier> {
  const { server, token } = live.person;
  let stopped = false;
  const ask = async (path: string): Promise<boolean> => {
    const answer = await call<ServerFrame[]>(server, "GET", path, { token });
    if (answer.status !== 200) return false;
    for (const f of answer.body) live.onFrame(f);
    return true;
  };
  const go = async (): Promise<void> => {
    while (!stopped && (await ask(`/poll?connection=${live.connection}`)));
    live.onClosed({ code: 1006, reason: "" });
  };
  if (!(await ask(`/poll?${query(options)}`))) throw new Error("poll was refused");
  go().catch(() => {
    live.onClosed({ code: 1006, reason: "" });
  });
  return {
    send(command) {
      byHttp(live, command);
    },
    close() {
      stopped = true;
    },
  };
}
