/* What the fake server knows, and the laws that it keeps: gap-free sequences per room and per person. The areas beside this
 * file say what can be done with it. */
import type { LinkEvents } from "../../net/transport";
import type {
  ClientCommand,
  Draft,
  Edit,
  Message,
  NotifyLevel,
  PresenceOf,
  Profile,
  ReadMarker,
  Room,
  RoomEntry,
  RoomKind,
  RoomRole,
  ServerFrame,
  SignUpMode,
  User,
  Whisper,
} from "../../protocol/generated";

export interface FakeMember {
  role: RoomRole;
  joined_at: number;
  read: ReadMarker;
  notify?: NotifyLevel;
  draft?: Draft;
  whispersRead?: number;
}

import { unreadCalls } from "./mentions";
import { goneOf } from "./own";
import { whispersOf } from "./whispers";

export interface FakeRoom {
  room: Room;
  members: Map<string, FakeMember>;
  messages: Message[];
  whispers: Whisper[];
  frames: ServerFrame[];
  /** By seq of the message: who put which emoji on it, who pinned it. */
  reactions: Map<number, Map<string, string[]>>;
  pins: Map<number, { by: string; at: number }>;
  edits: Map<number, Edit[]>;
}

/** What people have of their own, by `placeOf`. */
interface Own {
  blocked: Set<string>;
  stars: Map<string, number>;
  hidden: Set<string>;
}

export interface Socket {
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

/** What an area does with a command, by its type. */
export type Commands = {
  [T in ClientCommand["type"]]?: (
    world: World,
    me: User,
    command: Extract<ClientCommand, { type: T }>,
  ) => unknown;
};

export interface Ask {
  readonly world: World;
  readonly me: User;
  /** What stands in the path where the route has `{name}`. */
  readonly at: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What an area answers, by `METHOD /path/{name}`. */
export type Routes = Readonly<Record<string, (ask: Ask) => unknown>>;

export function placeOf(message: Message): string {
  return `${message.room} ${String(message.seq)}`;
}

export class World {
  readonly users = new Map<string, User>();
  readonly rooms = new Map<string, FakeRoom>();
  readonly presence = new Map<string, PresenceOf>();
  readonly sockets = new Set<Socket>();
  readonly profiles = new Map<string, Profile>();
  /** Whom the signed-in person has before their eyes. */
  watched: readonly string[] = [];
  epoch = "e1";
  heartbeat = 20_000;
  signUp: SignUpMode = "open";
  signedIn: string | undefined;
  /** Nothing gets through in either direction. */
  down = false;
  now: () => number;
  #nextId = 1;
  readonly #useq = new Map<string, number>();
  readonly #userFrames = new Map<string, ServerFrame[]>();
  readonly #own = new Map<string, Own>();

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  newId(letter: string): string {
    return `${letter}${String(this.#nextId++)}`;
  }

  addUser(name: string, display_name = name, kind: User["kind"] = "person"): User {
    const role = this.users.size === 0 ? "owner" : "member";
    const user: User = { id: this.newId("u"), name, display_name, kind, role };
    this.users.set(user.id, user);
    return user;
  }

  addRoom(kind: RoomKind, members: readonly User[], name = "", topic = "", at = this.now()): FakeRoom {
    const id = this.newId("r");
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
      whispers: [],
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
    const last = this.last(room, user);
    const other = [...room.members.keys()].find((id) => id !== user) ?? user;
    return {
      room: room.room,
      role: member.role,
      joined_at: member.joined_at,
      read: member.read,
      ...(member.notify && member.notify !== "all" ? { notify: member.notify } : {}),
      ...(member.draft && member.draft.text !== "" ? { draft: member.draft } : {}),
      ...(room.room.kind === "direct" ? { peer: this.users.get(other)! } : {}),
      ...(last ? { last, last_user: this.users.get(last.author)! } : {}),
      ...unreadCalls(this, room, user),
      ...whispersOf(this, room, user),
      ...goneOf(room, user),
    };
  }

  last(room: FakeRoom, user: string): Message | undefined {
    const { hidden } = this.own(user);
    return (
      room.messages.findLast((m) => m.kind !== "notice" && !hidden.has(placeOf(m))) ??
      room.messages.findLast((m) => m.kind === "notice")
    );
  }

  own(user: string): Own {
    const own = this.#own.get(user) ?? {
      stars: new Map<string, number>(),
      hidden: new Set<string>(),
      blocked: new Set<string>(),
    };
    this.#own.set(user, own);
    return own;
  }

  useq(user: string): number {
    return this.#useq.get(user) ?? 0;
  }

  userFrames(user: string): readonly ServerFrame[] {
    return this.#userFrames.get(user) ?? [];
  }

  message(room: FakeRoom, id: string): Message {
    const message = room.messages.find((m) => m.id === id);
    if (!message) throw new Refusal("not_found", 404);
    return message;
  }

  /** The room, where one is a member of it. */
  roomOf(id: string, me: User): FakeRoom {
    const room = this.rooms.get(id);
    if (!room?.members.has(me.id)) throw new Refusal("not_found", 404);
    return room;
  }

  /** The room of the path, where one may look into it. */
  roomAt({ at, me }: Ask): FakeRoom {
    const room = this.rooms.get(at["room"] ?? "");
    if (!room || (!room.members.has(me.id) && room.room.kind !== "open")) throw new Refusal("not_found", 404);
    return room;
  }

  /** A message as it will be, and one more in the room's sequence. */
  change(room: FakeRoom, target: Message, change: Partial<Message>): void {
    const at = room.messages.findIndex((m) => m.seq === target.seq);
    room.messages[at] = { ...room.messages[at]!, ...change };
    room.room = { ...room.room, head: room.room.head + 1 };
  }

  emit(room: FakeRoom, frame: ServerFrame): void {
    room.frames.push(frame);
    this.broadcast(room, frame);
  }

  broadcast(room: FakeRoom, frame: ServerFrame): void {
    for (const socket of this.sockets) if (room.members.has(socket.user)) this.deliver(socket, frame);
  }

  toUser(user: string, make: (useq: number) => ServerFrame): void {
    const useq = this.useq(user) + 1;
    this.#useq.set(user, useq);
    const frame = make(useq);
    this.#userFrames.set(user, [...this.userFrames(user), frame]);
    for (const socket of this.sockets) if (socket.user === user) this.deliver(socket, frame);
  }

  deliver(socket: Socket, frame: ServerFrame): void {
    if (socket.open && !this.down) socket.events.onFrame(frame);
  }
}
