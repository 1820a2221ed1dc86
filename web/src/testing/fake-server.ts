/* Confab's protocol in memory: a test double for the real server, and what `npm run mock` shows. It keeps the laws that the
 * client leans on: gap-free sequences per room and per person, idempotent sending, resume by cursors. */
import type { Link, LinkEvents, Transport } from "../net/transport";
import type {
  ClientCommand,
  Edit,
  HelloCommand,
  Member,
  Message,
  MessageFrame,
  Notice,
  Page,
  Pinned,
  PresenceOf,
  Reacted,
  ReadMarker,
  Room,
  RoomEntry,
  RoomKind,
  RoomRole,
  ServerFrame,
  Session,
  Starred,
  SignUpMode,
  User,
} from "../protocol/generated";

interface FakeRoom {
  room: Room;
  members: Map<string, { role: RoomRole; joined_at: number; read: ReadMarker }>;
  messages: Message[];
  frames: ServerFrame[];
  /** By seq of the message: who put which emoji on it, who pinned it. */
  reactions: Map<number, Map<string, string[]>>;
  pins: Map<number, { by: string; at: number }>;
  edits: Map<number, Edit[]>;
}

/** What people have of their own, by `room seq`. */
interface Own {
  stars: Map<string, number>;
  hidden: Set<string>;
}

interface Socket {
  user: string;
  events: LinkEvents;
  open: boolean;
}

export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number) {
    super(code);
    this.code = code;
    this.status = status;
  }
}

function placeOf(message: Message): string {
  return `${message.room} ${String(message.seq)}`;
}

export class FakeServer {
  readonly users = new Map<string, User>();
  readonly rooms = new Map<string, FakeRoom>();
  readonly presence = new Map<string, PresenceOf>();
  readonly sockets = new Set<Socket>();
  readonly commands: ClientCommand[] = [];
  epoch = "e1";
  heartbeat = 20_000;
  signUp: SignUpMode = "open";
  signedIn: string | undefined;
  /** Nothing gets through in either direction. */
  down = false;
  /** Called before a command is done; may throw a Refusal. */
  beforeCommand: (command: ClientCommand) => void = () => undefined;
  /** Keep replies back, as a connection does that dies after the commit. */
  loseReplies = false;
  now: () => number;
  #nextId = 1;
  readonly #useq = new Map<string, number>();
  readonly #userFrames = new Map<string, ServerFrame[]>();
  readonly #own = new Map<string, Own>();

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  // ---------------------------------------------------------------------------------------------- people, rooms

  addUser(name: string, display_name = name, kind: User["kind"] = "person"): User {
    const role = this.users.size === 0 ? "owner" : "member";
    const user: User = { id: `u${String(this.#nextId++)}`, name, display_name, kind, role };
    this.users.set(user.id, user);
    return user;
  }

  addRoom(kind: RoomKind, members: readonly User[], name = "", topic = "", at = this.now()): FakeRoom {
    const id = `r${String(this.#nextId++)}`;
    const room: Room = {
      id,
      kind,
      name,
      topic,
      created_at: at,
      member_count: members.length,
      head: 0,
      count: 0,
      pins: 0,
    };
    const fake: FakeRoom = {
      room,
      members: new Map(),
      messages: [],
      frames: [],
      reactions: new Map(),
      pins: new Map(),
      edits: new Map(),
    };
    for (const [i, m] of members.entries()) {
      const role = kind !== "direct" && i === 0 ? "owner" : "member";
      fake.members.set(m.id, { role, joined_at: at, read: { seq: 0, ordinal: 0 } });
    }
    this.rooms.set(id, fake);
    return fake;
  }

  entry(room: FakeRoom, user: string): RoomEntry {
    const member = room.members.get(user)!;
    const last = this.#last(room, user);
    const other = [...room.members.keys()].find((id) => id !== user) ?? user;
    return {
      room: room.room,
      role: member.role,
      joined_at: member.joined_at,
      read: member.read,
      ...(room.room.kind === "direct" ? { peer: this.users.get(other)! } : {}),
      ...(last ? { last, last_user: this.users.get(last.author)! } : {}),
    };
  }

  #last(room: FakeRoom, user: string): Message | undefined {
    const { hidden } = this.#ownOf(user);
    return (
      room.messages.findLast((m) => m.kind !== "notice" && !hidden.has(placeOf(m))) ??
      room.messages.findLast((m) => m.kind === "notice")
    );
  }

  // ---------------------------------------------------------------------------------------------- what happens

  post(
    room: FakeRoom,
    author: User,
    text: string,
    more: Partial<Pick<Message, "client_id" | "reply_to" | "kind" | "notice" | "at">> = {},
  ): Message {
    const kind = more.kind ?? "text";
    const seq = room.room.head + 1;
    const ordinal = room.room.count + (kind === "notice" ? 0 : 1);
    const message: Message = {
      id: `m${String(this.#nextId++)}`,
      room: room.room.id,
      seq,
      ordinal,
      kind,
      author: author.id,
      at: this.now(),
      text,
      ...more,
    };
    room.messages.push(message);
    room.room = { ...room.room, head: seq, count: ordinal };
    const member = room.members.get(author.id);
    if (member && kind !== "notice") member.read = { seq, ordinal };
    const frame: MessageFrame = { type: "message", room: room.room.id, seq, message, user: author };
    this.#emit(room, frame);
    return message;
  }

  notice(room: FakeRoom, author: User, notice: Notice, at = this.now()): Message {
    return this.post(room, author, "", { kind: "notice", notice, at });
  }

  edit(room: FakeRoom, target: Message, text: string): void {
    const before = { text: target.text, at: target.edited_at ?? target.at };
    room.edits.set(target.seq, [...(room.edits.get(target.seq) ?? []), before]);
    this.#change(room, target, { text, edited_at: this.now() });
    this.#emit(room, {
      type: "edit",
      room: room.room.id,
      seq: room.room.head,
      target: target.seq,
      actor: target.author,
      text,
      at: this.now(),
    });
  }

  delete(room: FakeRoom, target: Message): void {
    this.#change(room, target, { text: "", deleted_at: this.now() });
    for (const marks of [room.reactions, room.pins, room.edits]) marks.delete(target.seq);
    room.room = { ...room.room, pins: room.pins.size };
    this.#emit(room, {
      type: "delete",
      room: room.room.id,
      seq: room.room.head,
      target: target.seq,
      actor: target.author,
      at: this.now(),
      pins: room.room.pins,
    });
  }

  react(room: FakeRoom, user: User, target: Message, emoji: string, on = true): void {
    const all = room.reactions.get(target.seq) ?? new Map<string, string[]>();
    const who = all.get(emoji) ?? [];
    if (who.includes(user.id) === on) return;
    room.reactions.set(target.seq, all);
    all.set(emoji, on ? [...who, user.id] : who.filter((id) => id !== user.id));
    if (all.get(emoji)!.length === 0) all.delete(emoji);
    this.#change(room, target, {});
    this.#emit(room, {
      type: "reaction",
      room: room.room.id,
      seq: room.room.head,
      target: target.seq,
      actor: user.id,
      emoji,
      on,
      at: this.now(),
    });
  }

  pin(room: FakeRoom, user: User, target: Message, on = true): void {
    if (room.pins.has(target.seq) === on) return;
    if (on) room.pins.set(target.seq, { by: user.id, at: this.now() });
    else room.pins.delete(target.seq);
    this.#change(room, target, {});
    room.room = { ...room.room, pins: room.pins.size };
    this.#emit(room, {
      type: "pin",
      room: room.room.id,
      seq: room.room.head,
      target: target.seq,
      actor: user.id,
      on,
      at: this.now(),
      pins: room.room.pins,
    });
  }

  star(user: User, target: Message, on = true): void {
    const { stars } = this.#ownOf(user.id);
    if (stars.has(placeOf(target)) === on) return;
    if (on) stars.set(placeOf(target), this.now());
    else stars.delete(placeOf(target));
    this.#toUser(user.id, (useq) => ({ type: "star", useq, room: target.room, seq: target.seq, on }));
  }

  hide(user: User, target: Message): void {
    const { hidden, stars } = this.#ownOf(user.id);
    if (hidden.has(placeOf(target))) return;
    hidden.add(placeOf(target));
    stars.delete(placeOf(target));
    const last = this.#last(this.rooms.get(target.room)!, user.id);
    this.#toUser(user.id, (useq) => ({
      type: "hidden",
      useq,
      room: target.room,
      seq: target.seq,
      ...(last && last.seq < target.seq ? { last, last_user: this.users.get(last.author)! } : {}),
    }));
  }

  #ownOf(user: string): Own {
    const own = this.#own.get(user) ?? { stars: new Map<string, number>(), hidden: new Set<string>() };
    this.#own.set(user, own);
    return own;
  }

  /** A message as one of the room's members has it. */
  #view(room: FakeRoom, message: Message, user: string): Message {
    const own = this.#ownOf(user);
    if (own.hidden.has(placeOf(message))) {
      const { edited_at, deleted_at, ...rest } = message;
      return { ...rest, text: "", hidden: true };
    }
    const reactions = [...(room.reactions.get(message.seq) ?? [])].map(([emoji, who]) => ({
      emoji,
      count: who.length,
      ...(who.includes(user) ? { mine: true } : {}),
    }));
    return {
      ...message,
      ...(reactions.length > 0 ? { reactions } : {}),
      ...(room.pins.has(message.seq) ? { pinned: true } : {}),
      ...(own.stars.has(placeOf(message)) && message.deleted_at === undefined ? { starred: true } : {}),
    };
  }

  #change(room: FakeRoom, target: Message, change: Partial<Message>): void {
    const at = room.messages.findIndex((m) => m.seq === target.seq);
    room.messages[at] = { ...room.messages[at]!, ...change };
    room.room = { ...room.room, head: room.room.head + 1 };
  }

  read(room: FakeRoom, user: User, seq: number): void {
    const member = room.members.get(user.id)!;
    if (seq <= member.read.seq) return;
    const upTo = room.messages.findLast((m) => m.seq <= seq);
    member.read = { seq, ordinal: upTo?.ordinal ?? 0 };
    this.#toUser(user.id, (useq) => ({ type: "read", useq, room: room.room.id, read: member.read }));
    this.#broadcast(room, { type: "seen", room: room.room.id, user: user.id, seq });
  }

  typing(room: FakeRoom, user: User, for_ms = 6_000): void {
    this.#broadcast(room, { type: "typing", room: room.room.id, user, for_ms });
  }

  join(room: FakeRoom, user: User, notice: Notice, by = user): void {
    room.members.set(user.id, {
      role: "member",
      joined_at: this.now(),
      read: { seq: room.room.head, ordinal: room.room.count },
    });
    room.room = { ...room.room, member_count: room.members.size };
    this.notice(room, by, notice);
    this.#toUser(user.id, (useq) => ({ type: "room_added", useq, entry: this.entry(room, user.id) }));
  }

  leave(room: FakeRoom, user: User, notice: Notice, by = user): void {
    room.members.delete(user.id);
    room.room = { ...room.room, member_count: room.members.size };
    this.notice(room, by, notice);
    this.#toUser(user.id, (useq) => ({ type: "room_removed", useq, room: room.room.id }));
  }

  #emit(room: FakeRoom, frame: ServerFrame): void {
    room.frames.push(frame);
    this.#broadcast(room, frame);
  }

  #broadcast(room: FakeRoom, frame: ServerFrame): void {
    for (const socket of this.sockets) if (room.members.has(socket.user)) this.#deliver(socket, frame);
  }

  #toUser(user: string, make: (useq: number) => ServerFrame): void {
    const useq = (this.#useq.get(user) ?? 0) + 1;
    this.#useq.set(user, useq);
    const frame = make(useq);
    this.#userFrames.set(user, [...(this.#userFrames.get(user) ?? []), frame]);
    for (const socket of this.sockets) if (socket.user === user) this.#deliver(socket, frame);
  }

  #deliver(socket: Socket, frame: ServerFrame): void {
    if (socket.open && !this.down) socket.events.onFrame(frame);
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
    const useq = this.#useq.get(me.id) ?? 0;
    const base = {
      type: "ready",
      epoch: this.epoch,
      connection: "c1",
      me,
      useq,
      resumed,
      heartbeat_ms: this.heartbeat,
    } as const;
    this.#deliver(socket, resumed ? base : { ...base, rooms: mine.map((r) => this.entry(r, me.id)) });
    if (resumed) {
      for (const frame of this.#userFrames.get(me.id) ?? []) {
        if ("useq" in frame && frame.useq > (hello.useq ?? 0)) this.#deliver(socket, frame);
      }
      for (const room of mine) {
        const from = hello.rooms?.[room.room.id] ?? 0;
        for (const frame of room.frames) if ("seq" in frame && frame.seq > from) this.#deliver(socket, frame);
      }
    }
    this.#deliver(socket, { type: "synced" });
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
      const result = this.#do(this.users.get(socket.user)!, command);
      if (id !== undefined && !this.loseReplies) this.#deliver(socket, { type: "reply", id, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const problem = {
        type: `about:blank#${error.code}`,
        title: error.code,
        status: error.status,
        code: error.code,
      };
      if (id !== undefined) this.#deliver(socket, { type: "error", id, problem });
    }
  }

  #do(me: User, command: ClientCommand): unknown {
    if (command.type === "watch") {
      const of = command.users.map((id) => this.presence.get(id) ?? { user: id, state: "offline" as const });
      for (const s of this.sockets) if (s.user === me.id) this.#deliver(s, { type: "presence", of });
      return undefined;
    }
    if (!("room" in command)) return undefined;
    const room = this.rooms.get(command.room);
    if (!room?.members.has(me.id)) throw new Refusal("not_found", 404);
    switch (command.type) {
      case "send": {
        const done = room.messages.find((m) => m.author === me.id && m.client_id === command.client_id);
        const { client_id, reply_to, kind } = command;
        return (
          done ??
          this.post(room, me, command.text, {
            client_id,
            ...(reply_to === undefined ? {} : { reply_to }),
            ...(kind ? { kind } : {}),
          })
        );
      }
      case "edit":
        this.edit(room, this.#message(room, command.message), command.text);
        return undefined;
      case "delete":
        this.delete(room, this.#message(room, command.message));
        return undefined;
      case "react":
        this.react(room, me, this.#message(room, command.message), command.emoji, command.on ?? true);
        return undefined;
      case "pin":
        this.pin(room, me, this.#message(room, command.message), command.on ?? true);
        return undefined;
      case "star":
        this.star(me, this.#message(room, command.message), command.on ?? true);
        return undefined;
      case "hide":
        this.hide(me, this.#message(room, command.message));
        return undefined;
      case "read":
        this.read(room, me, command.seq);
        return undefined;
      case "typing":
        return undefined;
    }
  }

  #message(room: FakeRoom, id: string): Message {
    const message = room.messages.find((m) => m.id === id);
    if (!message) throw new Refusal("not_found", 404);
    return message;
  }

  // ---------------------------------------------------------------------------------------------- HTTP

  fetch = async (input: string, init: RequestInit = {}): Promise<Response> => {
    await Promise.resolve();
    if (this.down) throw new TypeError("network");
    const url = new URL(input, "http://fake");
    const path = url.pathname.replace("/api/v1", "");
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    try {
      const answer = this.#route(init.method ?? "GET", path, url.searchParams, body);
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, status } = error;
      return Response.json({ type: `about:blank#${code}`, title: code, status, code }, { status });
    }
  };

  #session(): Session {
    return {
      id: "s1",
      kind: "cookie",
      label: "Firefox on Linux",
      address: "192.0.2.7",
      created_at: this.now(),
      used_at: this.now(),
      current: true,
    };
  }

  #route(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
    const me = this.signedIn === undefined ? undefined : this.users.get(this.signedIn);
    const at = `${method} ${path}`;
    if (at === "GET /server")
      return {
        name: "",
        version: "0.1.0",
        fresh: this.users.size === 0,
        sign_up: this.signUp,
        text_chars: 8_000,
      };
    if (at === "POST /accounts" || at === "POST /session") return this.#sign(at, body);
    if (!me) throw new Refusal("signed_out", 401);
    if (at === "GET /session") return { user: me, session: this.#session() };
    if (at === "DELETE /session") {
      this.signedIn = undefined;
      return undefined;
    }
    if (at === "GET /me/sessions") {
      const other = {
        ...this.#session(),
        id: "s2",
        label: "Safari on iPhone",
        address: "198.51.100.20",
        current: undefined,
      };
      return { items: [this.#session(), other] };
    }
    if (at === "GET /me/stars") return { items: this.#starred(me) };
    if (at === "PATCH /me") return this.#rename(me, String(body["display_name"]));
    if (at === "GET /users") return { items: this.#find(query.get("q") ?? "") };
    if (at === "GET /rooms/open") {
      const q = (query.get("q") ?? "").toLowerCase();
      const open = [...this.rooms.values()].map((r) => r.room);
      return { items: open.filter((r) => r.kind === "open" && r.name.toLowerCase().includes(q)) };
    }
    if (at === "POST /rooms") return this.#makeRoom(me, body);
    const [, id, what, who, more] = /^\/rooms\/([^/]+)\/?([^/]*)\/?([^/]*)\/?([^/]*)/.exec(path) ?? [];
    const room = id === undefined ? undefined : this.rooms.get(id);
    if (!room) throw new Refusal("not_found", 404);
    if (what === "messages" && who) return this.#aboutMessage(room, who, more ?? "", query);
    return this.#inRoom(method, what ?? "", who ?? "", room, me, query, body);
  }

  #sign(at: string, body: Record<string, unknown>): unknown {
    const name = String(body["name"]);
    const known = [...this.users.values()].find((u) => u.name === name);
    if (at === "POST /session" && (!known || body["password"] === "wrong"))
      throw new Refusal("sign_in_failed", 401);
    if (at === "POST /accounts" && known) throw new Refusal("name_taken", 409);
    const user =
      known ?? this.addUser(name, typeof body["display_name"] === "string" ? body["display_name"] : name);
    this.signedIn = user.id;
    return { user, session: this.#session() };
  }

  #rename(me: User, display_name: string): User {
    const user = { ...me, display_name };
    this.users.set(me.id, user);
    this.#toUser(me.id, (useq) => ({ type: "me", useq, user }));
    return user;
  }

  #find(q: string): User[] {
    const fold = q.toLowerCase();
    return [...this.users.values()]
      .filter((u) => `${u.display_name} ${u.name}`.toLowerCase().includes(fold))
      .slice(0, 25);
  }

  #makeRoom(me: User, body: Record<string, unknown>): RoomEntry {
    const kind = body["kind"] as RoomKind;
    if (kind === "direct") {
      const other = this.users.get(String(body["user"]))!;
      const pair = [...new Set([me, other])];
      const known = [...this.rooms.values()].find(
        (r) =>
          r.room.kind === "direct" &&
          r.members.size === pair.length &&
          pair.every((u) => r.members.has(u.id)),
      );
      if (known) return this.entry(known, me.id);
      return this.#announce(this.addRoom("direct", pair), me);
    }
    const members = ((body["members"] as string[] | undefined) ?? []).map((id) => this.users.get(id)!);
    const topic = typeof body["topic"] === "string" ? body["topic"] : "";
    const room = this.addRoom(kind, [me, ...members], String(body["name"]), topic);
    this.notice(room, me, { kind: "created", name: room.room.name });
    return this.#announce(room, me);
  }

  #announce(room: FakeRoom, me: User): RoomEntry {
    for (const id of room.members.keys()) {
      this.#toUser(id, (useq) => ({ type: "room_added", useq, entry: this.entry(room, id) }));
    }
    return this.entry(room, me.id);
  }

  #starred(me: User): Starred[] {
    return [...this.#ownOf(me.id).stars].reverse().flatMap(([place, at]) => {
      const [id, seq] = place.split(" ");
      const room = this.rooms.get(id!);
      const message = room?.messages.find((m) => m.seq === Number(seq));
      if (!room?.members.has(me.id) || message?.deleted_at !== undefined || !message) return [];
      return [{ message: { ...message, starred: true }, user: this.users.get(message.author)!, at }];
    });
  }

  #pinned(room: FakeRoom, me: User): Pinned[] {
    const { hidden } = this.#ownOf(me.id);
    return [...room.pins].reverse().flatMap(([seq, pin]) => {
      const message = room.messages.find((m) => m.seq === seq)!;
      if (hidden.has(placeOf(message))) return [];
      const [user, by] = [this.users.get(message.author)!, this.users.get(pin.by)!];
      return [{ message: { ...message, pinned: true }, user, by, at: pin.at }];
    });
  }

  #aboutMessage(room: FakeRoom, id: string, what: string, query: URLSearchParams): unknown {
    const message = this.#message(room, id);
    if (what === "edits") return { items: room.edits.get(message.seq) ?? [] };
    if (what !== "reactions") throw new Refusal("not_found", 404);
    const who = room.reactions.get(message.seq)?.get(query.get("emoji") ?? "") ?? [];
    const items: Reacted[] = who.map((u) => ({ user: this.users.get(u)!, at: this.now() }));
    return { items };
  }

  #inRoom(
    method: string,
    what: string,
    who: string,
    room: FakeRoom,
    me: User,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): unknown {
    if (!room.members.has(me.id) && room.room.kind !== "open") throw new Refusal("not_found", 404);
    switch (`${method} ${what}`) {
      case "GET ":
        return room.room;
      case "GET entry":
        return this.entry(room, me.id);
      case "GET messages":
        return this.page(room, query, me.id);
      case "GET pins":
        return { items: this.#pinned(room, me) };
      case "GET seen":
        return { items: [...room.members].map(([user, m]) => ({ user, seq: m.read.seq })) };
      case "GET members":
        return {
          items: [...room.members].map(([id, m]): Member => ({
            user: this.users.get(id)!,
            role: m.role,
            joined_at: m.joined_at,
          })),
        };
      case "PATCH ": {
        if (typeof body["name"] === "string") {
          room.room = { ...room.room, name: body["name"] };
          this.notice(room, me, { kind: "renamed", name: body["name"] });
        }
        if (typeof body["topic"] === "string") {
          room.room = { ...room.room, topic: body["topic"] };
          this.notice(room, me, { kind: "described", topic: body["topic"] });
        }
        return room.room;
      }
      case "POST members": {
        const user = this.users.get(String(body["user"]))!;
        if (!room.members.has(user.id)) {
          if (user.id === me.id) this.join(room, me, { kind: "joined" });
          else this.join(room, user, { kind: "added", subject: user, role: "member" }, me);
        }
        const m = room.members.get(user.id)!;
        return { user, role: m.role, joined_at: m.joined_at };
      }
      case "DELETE members": {
        const user = this.users.get(who)!;
        this.leave(room, user, user.id === me.id ? { kind: "left" } : { kind: "removed", subject: user }, me);
        return undefined;
      }
      default:
        throw new Refusal("not_found", 404);
    }
  }

  page(room: FakeRoom, query: URLSearchParams, user: string): Page {
    const limit = Number(query.get("limit") ?? 25);
    const num = (key: string): number | undefined => (query.has(key) ? Number(query.get(key)) : undefined);
    const all = room.messages;
    const firstFrom = (seq: number): number => {
      const i = all.findIndex((m) => m.seq >= seq);
      return i < 0 ? all.length : i;
    };
    let start = Math.max(0, all.length - limit);
    let end = all.length;
    const [before, after, around] = [num("before"), num("after"), num("around")];
    if (before !== undefined) {
      end = firstFrom(before);
      start = Math.max(0, end - limit);
    } else if (after !== undefined) {
      start = firstFrom(after + 1);
      end = Math.min(all.length, start + limit);
    } else if (around !== undefined) {
      start = Math.max(0, firstFrom(around) - Math.floor(limit / 2));
      end = Math.min(all.length, start + limit);
    }
    const messages = all.slice(start, end);
    const inside = new Set(messages.map((m) => m.seq));
    const answered = new Set(messages.map((m) => m.reply_to).filter((s) => s !== undefined));
    return {
      room: room.room.id,
      head: room.room.head,
      useq: this.#useq.get(user) ?? 0,
      messages: messages.map((m) => this.#view(room, m, user)),
      users: [...new Set(messages.map((m) => m.author))].map((id) => this.users.get(id)!),
      quoted: all.filter(
        (m) => answered.has(m.seq) && !inside.has(m.seq) && !this.#ownOf(user).hidden.has(placeOf(m)),
      ),
      has_before: start > 0,
      has_after: end < all.length,
    };
  }
}
