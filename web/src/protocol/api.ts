/* The HTTP API, one method per route of src/api/routes.toml. Every failure is an ApiError. */
import type {
  Blocked,
  ClientCommand,
  Edit,
  Member,
  Mentioned,
  PassingRoom,
  Page,
  Pinned,
  Problem,
  Profile,
  Reacted,
  Room,
  RoomEntry,
  RoomKind,
  RoomRole,
  Search,
  Seen,
  Server,
  Session,
  SignedIn,
  Starred,
  User,
} from "./generated";
import { ApiError } from "./problem";

export interface List<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface NewRoom {
  readonly kind: RoomKind;
  readonly name?: string;
  readonly topic?: string;
  readonly members?: readonly string[];
  readonly user?: string;
}

export interface ProfileChange {
  readonly display_name?: string;
  readonly about?: string;
  readonly email?: string;
  readonly email_visible?: boolean;
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;
type Query = Readonly<Record<string, string | number | undefined>>;

const TIMEOUT_MS = 20_000;

export class Api {
  readonly #fetch: Fetch;
  readonly base: string;
  /** Told when any request finds the session gone. */
  onSignedOut: () => void = () => undefined;

  constructor(fetch: Fetch, base = "/api/v1") {
    this.#fetch = fetch;
    this.base = base;
  }

  /** For the parts of the API that few need: protocol/site.ts. */
  ask = <T>(method: string, path: string, body?: unknown): Promise<T> => this.#call(method, path, body);

  server = (): Promise<Server> => this.#call("GET", "/server");
  signUp = (body: {
    name: string;
    password: string;
    display_name?: string;
    invite?: string;
  }): Promise<SignedIn> => this.#call("POST", "/accounts", body);
  signIn = (body: { name: string; password: string }): Promise<SignedIn> =>
    this.#call("POST", "/session", body);
  session = async (): Promise<SignedIn> => {
    const found = await this.#call<SignedIn | undefined>("GET", "/session");
    if (found) return found;
    this.onSignedOut();
    throw new ApiError("signed_out", 204);
  };
  signOut = (): Promise<void> => this.#call("DELETE", "/session");

  profile = (): Promise<Profile> => this.#call("GET", "/me/profile");
  changeMe = (change: ProfileChange): Promise<User> => this.#call("PATCH", "/me", change);
  setStatus = (status: { emoji?: string; text?: string; until?: number }): Promise<User> =>
    this.#call("PUT", "/me/status", status);
  clearStatus = (): Promise<User> => this.#call("DELETE", "/me/status");
  putAvatar = (picture: Blob): Promise<User> => this.#call("PUT", "/me/avatar", picture);
  removeAvatar = (): Promise<User> => this.#call("DELETE", "/me/avatar");
  changePassword = (current: string, password: string): Promise<void> =>
    this.#call("PUT", "/me/password", { current, password });
  sessions = (): Promise<List<Session>> => this.#call("GET", "/me/sessions");
  endSession = (id: string): Promise<void> => this.#call("DELETE", `/me/sessions/${enc(id)}`);
  endOtherSessions = (): Promise<void> => this.#call("DELETE", "/me/sessions");

  users = (q: string, cursor?: string, limit = 25): Promise<List<User>> =>
    this.#call("GET", `/users${query({ q: q || undefined, cursor, limit })}`);
  user = (id: string): Promise<User> => this.#call("GET", `/users/${enc(id)}`);

  personProfile = (id: string): Promise<Profile> => this.#call("GET", `/users/${enc(id)}/profile`);
  sharedRooms = (id: string, cursor?: string): Promise<List<Room>> =>
    this.#call("GET", `/users/${enc(id)}/rooms${query({ cursor })}`);
  search = (ask: {
    q: string;
    room?: string | undefined;
    cursor?: string | undefined;
    zone: number;
  }): Promise<Search> => this.#call("GET", `/search${query(ask)}`);

  openRooms = (q: string, cursor?: string): Promise<List<Room>> =>
    this.#call("GET", `/rooms/open${query({ q: q || undefined, cursor })}`);
  passingRooms = (): Promise<List<PassingRoom>> => this.#call("GET", "/passing");
  makePassing = (body: { name: string; listed: boolean }): Promise<PassingRoom> =>
    this.#call("POST", "/passing", body);
  makeRoom = (body: NewRoom): Promise<RoomEntry> => this.#call("POST", "/rooms", body);
  room = (id: string): Promise<Room> => this.#call("GET", `/rooms/${enc(id)}`);
  entry = (id: string): Promise<RoomEntry> => this.#call("GET", `/rooms/${enc(id)}/entry`);
  changeRoom = (id: string, body: { name?: string; topic?: string }): Promise<Room> =>
    this.#call("PATCH", `/rooms/${enc(id)}`, body);
  putRoomPicture = (id: string, picture: Blob): Promise<Room> =>
    this.#call("PUT", `/rooms/${enc(id)}/picture`, picture);
  removeRoomPicture = (id: string): Promise<Room> => this.#call("DELETE", `/rooms/${enc(id)}/picture`);
  deleteRoom = (id: string): Promise<void> => this.#call("DELETE", `/rooms/${enc(id)}`);

  members = (room: string, cursor?: string, q?: string): Promise<List<Member>> =>
    this.#call("GET", `/rooms/${enc(room)}/members${query({ q: q || undefined, cursor })}`);
  addMember = (room: string, user: string): Promise<Member> =>
    this.#call("POST", `/rooms/${enc(room)}/members`, { user });
  changeMember = (room: string, user: string, role: RoomRole): Promise<Member> =>
    this.#call("PATCH", `/rooms/${enc(room)}/members/${enc(user)}`, { role });
  removeMember = (room: string, user: string): Promise<void> =>
    this.#call("DELETE", `/rooms/${enc(room)}/members/${enc(user)}`);

  messages = (
    room: string,
    ask: { before?: number; after?: number; around?: number; whisper?: string; limit?: number },
  ): Promise<Page> => this.#call("GET", `/rooms/${enc(room)}/messages${query(ask)}`);
  edits = (room: string, message: string): Promise<List<Edit>> =>
    this.#call("GET", `/rooms/${enc(room)}/messages/${enc(message)}/edits`);
  reacted = (room: string, message: string, emoji: string, cursor?: string): Promise<List<Reacted>> =>
    this.#call("GET", `/rooms/${enc(room)}/messages/${enc(message)}/reactions${query({ emoji, cursor })}`);
  pins = (room: string): Promise<List<Pinned>> => this.#call("GET", `/rooms/${enc(room)}/pins`);
  stars = (cursor?: string): Promise<List<Starred>> => this.#call("GET", `/me/stars${query({ cursor })}`);
  mentions = (cursor?: string): Promise<List<Mentioned>> =>
    this.#call("GET", `/me/mentions${query({ cursor })}`);
  blocked = (): Promise<List<Blocked>> => this.#call("GET", "/me/blocked");
  seen = (room: string): Promise<List<Seen>> => this.#call("GET", `/rooms/${enc(room)}/seen`);

  command = (command: ClientCommand, connection: string): Promise<unknown> =>
    this.#call("POST", `/commands${query({ connection })}`, command);

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init: RequestInit = { method, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) };
    if (body instanceof Blob) {
      init.headers = { "Content-Type": body.type };
      init.body = body;
    } else if (body !== undefined) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(this.base + path, init);
      text = await response.text();
    } catch {
      throw new ApiError("network", 0);
    }
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    const error = toError(response.status, text);
    if (error.code === "signed_out") this.onSignedOut();
    throw error;
  }
}

function toError(status: number, text: string): ApiError {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === "string") return ApiError.of(problem);
  } catch {
    // A proxy's own page, not ours.
  }
  return new ApiError(status >= 502 && status <= 504 ? "unavailable" : "unknown", status);
}

export function enc(id: string): string {
  return encodeURIComponent(id);
}

export function query(fields: Query): string {
  const given = Object.entries(fields).filter((f): f is [string, string | number] => f[1] !== undefined);
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString()}`;
}
