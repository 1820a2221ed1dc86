/* Confab's protocol in memory: a test double for the real server, and what `npm run mock` shows. It keeps the laws that the
 * client leans on: gap-free sequences per room and per person, idempotent sending, resume by cursors.
 *
 * What it can do stands in fake/, by area; an area says which commands and which routes are its own. */
import type { Link, LinkEvents, Transport } from "../net/transport";
import type {
  ClientCommand,
  Draft,
  HelloCommand,
  Message,
  Notice,
  User,
  Whisper,
} from "../protocol/generated";
import * as accounts from "./fake/accounts";
import * as marks from "./fake/marks";
import * as mentions from "./fake/mentions";
import * as messages from "./fake/messages";
import * as own from "./fake/own";
import * as rooms from "./fake/rooms";
import * as search from "./fake/search";
import * as whispers from "./fake/whispers";
import { Refusal, World, type Commands, type FakeRoom, type Routes, type Socket } from "./fake/world";

export { Refusal };

const AREAS = [accounts, rooms, messages, marks, own, mentions, search];
const COMMANDS: Commands = Object.assign({}, ...AREAS.map((a) => a.commands), whispers.commands) as Commands;
const ROUTES: Routes = Object.assign({}, ...AREAS.map((a) => a.routes)) as Routes;

type Rest<F> = F extends (world: World, ...rest: infer R) => unknown ? R : never;

/** What stands where the route has names, or nothing if the path is not the route's. */
function match(route: string, at: string): Record<string, string> | undefined {
  const [names, values] = [route.split("/"), at.split("/")];
  const found: Record<string, string> = {};
  if (names.length !== values.length) return undefined;
  for (const [i, name] of names.entries()) {
    if (name.startsWith("{")) found[name.slice(1, -1)] = values[i]!;
    else if (name !== values[i]) return undefined;
  }
  return found;
}

export class FakeServer extends World {
  readonly commands: ClientCommand[] = [];
  /** Called before a command is done; may throw a Refusal. */
  beforeCommand: (command: ClientCommand) => void = () => undefined;
  /** Called before a request is answered, with `METHOD /path`; may throw a Refusal, or what a network throws. */
  beforeRequest: (at: string) => void = () => undefined;
  /** Keep replies back, as a connection does that dies after the commit. */
  loseReplies = false;

  // ---------------------------------------------------------------------------------------------- what others do

  become(...rest: Rest<typeof accounts.become>): void {
    accounts.become(this, ...rest);
  }

  post(...rest: Rest<typeof messages.post>): Message {
    return messages.post(this, ...rest);
  }

  notice(...rest: Rest<typeof messages.notice>): Message {
    return messages.notice(this, ...rest);
  }

  whisper(...rest: Rest<typeof whispers.whisper>): Whisper {
    return whispers.whisper(this, ...rest);
  }

  whispersRead(...rest: Rest<typeof whispers.whispersRead>): void {
    whispers.whispersRead(this, ...rest);
  }

  edit(...rest: Rest<typeof messages.edit>): void {
    messages.edit(this, ...rest);
  }

  delete(...rest: Rest<typeof messages.remove>): void {
    messages.remove(this, ...rest);
  }

  react(...rest: Rest<typeof marks.react>): void {
    marks.react(this, ...rest);
  }

  pin(...rest: Rest<typeof marks.pin>): void {
    marks.pin(this, ...rest);
  }

  star(...rest: Rest<typeof marks.star>): void {
    marks.star(this, ...rest);
  }

  hide(...rest: Rest<typeof marks.hide>): void {
    marks.hide(this, ...rest);
  }

  notify(...rest: Rest<typeof own.notify>): void {
    own.notify(this, ...rest);
  }

  block(...rest: Rest<typeof own.block>): void {
    own.block(this, ...rest);
  }

  unread(...rest: Rest<typeof own.unread>): void {
    own.unread(this, ...rest);
  }

  draft(...rest: Rest<typeof own.draft>): Draft {
    return own.draft(this, ...rest);
  }

  read(...rest: Rest<typeof rooms.read>): void {
    rooms.read(this, ...rest);
  }

  join(room: FakeRoom, user: User, notice: Notice, by = user): void {
    rooms.join(this, room, user, notice, by);
  }

  leave(room: FakeRoom, user: User, notice: Notice, by = user): void {
    rooms.leave(this, room, user, notice, by);
  }

  typing(room: FakeRoom, user: User, for_ms = 6_000): void {
    this.broadcast(room, { type: "typing", room: room.room.id, user, for_ms });
  }

  // ---------------------------------------------------------------------------------------------- connections

  transport(name: Transport["name"] = "websocket"): Transport {
    return { name, open: (hello, events) => this.#open(hello, events) };
  }

  #open(hello: HelloCommand, events: LinkEvents): Link {
    const user = this.signedIn;
    const socket: Socket = { user: user ?? "", events, open: true };
    queueMicrotask(() => {
      if (!socket.open) return;
      if (this.down || user === undefined) {
        socket.open = false;
        events.onClosed();
        return;
      }
      this.sockets.add(socket);
      this.#greet(socket, hello);
    });
    return {
      duplex: true,
      send: (command) => {
        if (socket.open && !this.down)
          queueMicrotask(() => {
            this.#onCommand(socket, command);
          });
      },
      close: () => {
        socket.open = false;
        this.sockets.delete(socket);
      },
    };
  }

  #greet(socket: Socket, hello: HelloCommand): void {
    const me = this.users.get(socket.user)!;
    const resumed = hello.epoch === this.epoch;
    const mine = [...this.rooms.values()].filter((r) => r.members.has(me.id));
    const base = {
      type: "ready",
      epoch: this.epoch,
      connection: "c1",
      me,
      useq: this.useq(me.id),
      resumed,
      heartbeat_ms: this.heartbeat,
    } as const;
    this.deliver(
      socket,
      resumed
        ? base
        : { ...base, rooms: mine.map((r) => this.entry(r, me.id)), blocked: [...this.own(me.id).blocked] },
    );
    if (resumed) {
      for (const frame of this.userFrames(me.id)) {
        if ("useq" in frame && frame.useq > (hello.useq ?? 0)) this.deliver(socket, frame);
      }
      for (const room of mine) {
        const from = hello.rooms?.[room.room.id] ?? 0;
        for (const frame of room.frames) if ("seq" in frame && frame.seq > from) this.deliver(socket, frame);
      }
    }
    this.deliver(socket, { type: "synced" });
  }

  /** Every connection breaks. */
  cut(): void {
    for (const socket of [...this.sockets]) {
      socket.open = false;
      this.sockets.delete(socket);
      socket.events.onClosed();
    }
  }

  #onCommand(socket: Socket, command: ClientCommand): void {
    if (!socket.open || this.down) return;
    const { id } = command;
    this.commands.push(command);
    try {
      this.beforeCommand(command);
      const run = COMMANDS[command.type] as ((w: World, me: User, c: ClientCommand) => unknown) | undefined;
      const result = run?.(this, this.users.get(socket.user)!, command);
      if (id !== undefined && !this.loseReplies) this.deliver(socket, { type: "reply", id, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const problem = {
        type: `about:blank#${error.code}`,
        title: error.code,
        status: error.status,
        code: error.code,
      };
      if (id !== undefined) this.deliver(socket, { type: "error", id, problem });
    }
  }

  // ---------------------------------------------------------------------------------------------- HTTP

  fetch = async (input: string, init: RequestInit = {}): Promise<Response> => {
    await Promise.resolve();
    if (this.down) throw new TypeError("network");
    const url = new URL(input, "http://fake");
    const path = url.pathname.replace("/api/v1", "");
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    try {
      this.beforeRequest(`${init.method ?? "GET"} ${path}`);
      const answer = this.#route(`${init.method ?? "GET"} ${path}`, url.searchParams, body);
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, status } = error;
      return Response.json({ type: `about:blank#${code}`, title: code, status, code }, { status });
    }
  };

  #route(at: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
    if (at === "GET /server") return accounts.serverInfo(this);
    if (at === "POST /accounts" || at === "POST /session")
      return accounts.sign(this, at === "POST /accounts", body);
    const me = this.signedIn === undefined ? undefined : this.users.get(this.signedIn);
    if (!me && at === "GET /session") return undefined;
    if (!me) throw new Refusal("signed_out", 401);
    // A route without names goes before one with them: /rooms/open is no room.
    const route = at in ROUTES ? at : Object.keys(ROUTES).find((r) => match(r, at));
    if (route === undefined) throw new Refusal("not_found", 404);
    return ROUTES[route]!({ world: this, me, at: match(route, at)!, query, body });
  }
}
