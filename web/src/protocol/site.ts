/* The API of the administrators' site and of links: apart, because few need it. */
import { enc, query, type Api, type List } from "./api";
import type {
  Accepted,
  AuditAct,
  AuditCheck,
  AuditLine,
  Figures,
  Invitation,
  Invite,
  ManagedRoom,
  ManagedUser,
  Member,
  Report,
  ResetLink,
  Search,
  ServerRole,
  Session,
  Settings,
  SignedIn,
  User,
  UserSort,
} from "./generated";

export interface UserChange {
  readonly name?: string;
  readonly display_name?: string;
  readonly role?: ServerRole;
  readonly disabled?: boolean;
}

export interface RoomChange {
  readonly name?: string;
  readonly topic?: string;
  readonly archived?: boolean;
  readonly owner?: string;
}

export interface NewInvite {
  readonly expires_in?: number;
  readonly uses_most?: number;
  readonly shows?: boolean;
}

export class SiteApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  figures = (): Promise<Figures> => this.#api.ask("GET", "/admin/figures");

  users = (q: string, sort: UserSort, cursor?: string): Promise<List<ManagedUser>> =>
    this.#api.ask("GET", `/admin/users${query({ q: q || undefined, sort, cursor })}`);
  addUser = (body: { name: string; display_name?: string }): Promise<ResetLink> =>
    this.#api.ask("POST", "/admin/users", body);
  user = (id: string): Promise<ManagedUser> => this.#api.ask("GET", `/admin/users/${enc(id)}`);
  changeUser = (id: string, body: UserChange): Promise<ManagedUser> =>
    this.#api.ask("PATCH", `/admin/users/${enc(id)}`, body);
  resetUser = (id: string): Promise<ResetLink> => this.#api.ask("POST", `/admin/users/${enc(id)}/reset`);
  sessions = (id: string): Promise<List<Session>> => this.#api.ask("GET", `/admin/users/${enc(id)}/sessions`);
  endSessions = (id: string): Promise<void> => this.#api.ask("DELETE", `/admin/users/${enc(id)}/sessions`);
  endSession = (id: string, session: string): Promise<void> =>
    this.#api.ask("DELETE", `/admin/users/${enc(id)}/sessions/${enc(session)}`);

  rooms = (q: string, cursor?: string): Promise<List<ManagedRoom>> =>
    this.#api.ask("GET", `/admin/rooms${query({ q: q || undefined, cursor })}`);
  room = (id: string): Promise<ManagedRoom> => this.#api.ask("GET", `/admin/rooms/${enc(id)}`);
  changeRoom = (id: string, body: RoomChange): Promise<ManagedRoom> =>
    this.#api.ask("PATCH", `/admin/rooms/${enc(id)}`, body);
  deleteRoom = (id: string): Promise<void> => this.#api.ask("DELETE", `/admin/rooms/${enc(id)}`);
  members = (id: string, cursor?: string): Promise<List<Member>> =>
    this.#api.ask("GET", `/admin/rooms/${enc(id)}/members${query({ cursor })}`);
  removeMessage = (room: string, message: string, reason: string): Promise<void> =>
    this.#api.ask("POST", `/admin/rooms/${enc(room)}/messages/${enc(message)}/removal`, { reason });

  reports = (cursor?: string): Promise<List<Report>> =>
    this.#api.ask("GET", `/admin/reports${query({ cursor })}`);
  settleReport = (id: string): Promise<void> => this.#api.ask("DELETE", `/admin/reports/${enc(id)}`);
  reportMessage = (room: string, message: string, reason: string): Promise<void> =>
    this.#api.ask("POST", `/rooms/${enc(room)}/messages/${enc(message)}/report`, { reason });
  reportWhisper = (room: string, whisper: string, reason: string): Promise<void> =>
    this.#api.ask("POST", `/rooms/${enc(room)}/whispers/${enc(whisper)}/report`, { reason });
  /** Those that one may remove, with their rooms. */
  messages = (q: string, cursor?: string): Promise<Search> =>
    this.#api.ask("GET", `/admin/messages${query({ q: q || undefined, cursor })}`);

  settings = (): Promise<Settings> => this.#api.ask("GET", "/admin/settings");
  changeSettings = (body: Partial<Settings>): Promise<Settings> =>
    this.#api.ask("PATCH", "/admin/settings", body);
  putPicture = (picture: Blob): Promise<Settings> => this.#api.ask("PUT", "/admin/picture", picture);
  removePicture = (): Promise<Settings> => this.#api.ask("DELETE", "/admin/picture");
  /** Of every kind, and by and on everybody, where nothing else is asked for. */
  audit = (ask: { act?: AuditAct; user?: string }, cursor?: string): Promise<List<AuditLine>> =>
    this.#api.ask("GET", `/admin/audit${query({ ...ask, cursor })}`);
  checkAudit = (): Promise<AuditCheck> => this.#api.ask("GET", "/admin/audit/check");

  /** Of a room, or of the server. */
  invites = (room?: string): Promise<List<Invite>> => this.#api.ask("GET", invitesOf(room));
  makeInvite = (room: string | undefined, body: NewInvite): Promise<Invite> =>
    this.#api.ask("POST", invitesOf(room), body);
  revokeInvite = (room: string | undefined, id: string): Promise<void> =>
    this.#api.ask("DELETE", `${invitesOf(room)}/${enc(id)}`);
  look = (token: string): Promise<Invitation> => this.#api.ask("POST", "/invites/look", { token });
  accept = (token: string): Promise<Accepted> => this.#api.ask("POST", "/invites/accept", { token });

  lookReset = (token: string): Promise<User> => this.#api.ask("POST", "/resets/look", { token });
  reset = (token: string, password: string): Promise<SignedIn> =>
    this.#api.ask("POST", "/resets", { token, password });
}

function invitesOf(room: string | undefined): string {
  return room === undefined ? "/admin/invites" : `/rooms/${enc(room)}/invites`;
}
