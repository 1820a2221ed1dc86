/* A request that is granted, for each route of the API and each command: what others are bent from. */
import type { Invite, PassingMessage, PassingRoom, Report, ResetLink, Whisper } from "../../../web/src/protocol/generated";
import { Person, newClientId } from "./api";
import { Live } from "./live";
import { png } from "./pictures";
import type { Server } from "./server";
import { must } from "./wait";

/** People who talk, what they have made, and others who may have nothing of it. */
export interface World {
  readonly server: Server;
  /** The server's owner; in none of the rooms. */
  readonly first: Person;
  /** Owns the rooms and wrote the messages; bob is a member. */
  readonly ann: Person;
  readonly bob: Person;
  /** Never was in the group. */
  readonly eve: Person;
  /** Was in the group. */
  readonly joe: Person;
  readonly annLive: Live;
  readonly bobLive: Live;
  /** A private conversation of ann and bob. */
  readonly direct: string;
  /** A passing room that ann is in, and nobody finds. */
  readonly passing: string;
  /** What a path's `{name}` stands for. */
  readonly ids: Readonly<Record<string, string>>;
  readonly roomInvite: Invite;
  readonly bobSession: string;
}

let worlds = 0;

export async function makeWorld(server: Server, first: Person): Promise<World> {
  const n = String(++worlds);
  const sign = (who: string): Promise<Person> => Person.signUp(server, `${who}${n}`);
  const [ann, bob, eve, joe] = await Promise.all([sign("ann"), sign("bob"), sign("eve"), sign("joe")]);
  const room = (await ann.group(`Group ${n}`, bob, joe)).room.id;
  await joe.do("DELETE", `/rooms/${room}/members/${joe.id}`);
  const direct = (await ann.direct(bob)).room.id;
  await bob.send(room, "from bob");
  const message = await ann.send(room, `hello @${bob.user.name}`);
  await ann.do("PUT", `/rooms/${room}/messages/${message.id}/reactions`, { emoji: "👍" });
  await ann.do("PUT", `/rooms/${room}/messages/${message.id}/pin`);
  await ann.do("PUT", `/rooms/${room}/messages/${message.id}/star`);
  const whisper = await ann.do<Whisper>("POST", `/rooms/${room}/whispers`, { to: bob.id, client_id: "w", text: "for bob alone" });
  await ann.do("PUT", `/me/blocked/${eve.id}`);
  const [annLive, bobLive] = await Promise.all([Live.open(ann), Live.open(bob)]);
  const passing = await ann.do<PassingRoom>("POST", "/passing", { name: `Passing ${n}` });
  annLive.tell({ type: "enter", room: passing.id });
  await annLive.next("passing_state");
  const roomInvite = await ann.do<Invite>("POST", `/rooms/${room}/invites`, {});
  return {
    ...{ server, first, ann, bob, eve, joe, annLive, bobLive, direct, roomInvite },
    passing: passing.id,
    bobSession: bob.session,
    ids: {
      ...{ room, message: message.id, user: bob.id, whisper: whisper.id },
      session: (await ann.again()).session,
      invite: roomInvite.id,
      picture: "0000000000001-96",
    },
  };
}

export function leaveWorld(world: World): void {
  world.annLive.close();
  world.bobLive.close();
}

export interface Ask {
  /** Nobody: where it is public. */
  readonly by: Person | undefined;
  readonly ids: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of a body: a file. */
  readonly upload?: Buffer;
}
type Given = Partial<Ask>;

const picture = png(8, 8);
const PASSWORD = "a quiet place to sit";

/** What a route is given beside what the world has under the names in its path; asked by ann, or by the owner under /admin. */
const GIVEN: Readonly<Record<string, (w: World) => Given | Promise<Given>>> = {
  accounts_post: () => ({ by: undefined, body: { name: `new${newClientId()}`.toLowerCase(), password: PASSWORD, display_name: "New", token: true, label: "x" } }),
  session_post: ({ bob }) => ({ by: undefined, body: { name: bob.user.name, password: bob.password, token: true, label: "x" } }),
  session_delete: async ({ ann }) => ({ by: await ann.again() }),
  me_patch: () => ({ body: { display_name: "Ann A.", about: "me", email: "ann@c.test", email_visible: true } }),
  me_status_put: () => ({ body: { emoji: "🌳", text: "out", until: Date.now() + 3_600_000 } }),
  me_status_delete: async ({ ann }) => {
    await ann.do("PUT", "/me/status", { text: "out" });
    return {};
  },
  me_avatar_put: () => ({ upload: picture }),
  me_password_put: ({ ann }) => ({ body: { current: ann.password, password: PASSWORD } }),
  server_picture_get: async ({ server, first, ids }) => ({ by: undefined, ids: { ...ids, picture: await pictureOf(server, first, "/admin/picture", "picture") } }),
  admin_picture_put: () => ({ upload: picture }),
  users_get: () => ({ query: { q: "ann", limit: "5" } }),
  user_avatar_get: async ({ server, bob, ids }) => ({ ids: { ...ids, picture: await pictureOf(server, bob, "/me/avatar", "avatar") } }),
  room_picture_get: async ({ server, ann, ids }) => ({ ids: { ...ids, picture: await pictureOf(server, ann, `/rooms/${ids["room"]!}/picture`, "picture") } }),
  rooms_open_get: () => ({ query: { q: "x", limit: "5" } }),
  rooms_post: ({ bob }) => ({ body: { kind: "group", name: "Another", topic: "t", members: [bob.id] } }),
  room_patch: () => ({ body: { name: "Renamed", topic: "new" } }),
  room_picture_put: () => ({ upload: picture }),
  members_post: ({ joe }) => ({ body: { user: joe.id } }),
  member_patch: () => ({ body: { role: "admin" } }),
  messages_get: () => ({ query: { before: "4", limit: "5" } }),
  messages_post: () => ({ body: { client_id: newClientId(), text: "hi", kind: "text", reply_to: 5 } }),
  message_patch: () => ({ body: { text: "better" } }),
  message_report_post: ({ bob }) => ({ by: bob, body: { reason: "because" } }),
  message_reactions_get: () => ({ query: { emoji: "👍" } }),
  message_reactions_put: () => ({ body: { emoji: "🎉" } }),
  message_reactions_delete: () => ({ query: { emoji: "👍" } }),
  me_block_delete: ({ eve, ids }) => ({ ids: { ...ids, user: eve.id } }),
  read_put: ({ bob }) => ({ by: bob, body: { seq: 5 } }),
  unread_put: ({ bob }) => ({ by: bob, body: { seq: 5 } }),
  draft_put: () => ({ body: { text: "beg", reply_to: 5, age_ms: 0 } }),
  notify_put: () => ({ body: { level: "mentions" } }),
  whispers_post: ({ bob }) => ({ body: { to: bob.id, client_id: newClientId(), text: "psst", kind: "text" } }),
  whisper_patch: () => ({ body: { text: "better" } }),
  whisper_report_post: ({ bob }) => ({ by: bob, body: { reason: "because" } }),
  whispers_read_put: ({ bob }) => ({ by: bob, body: { read: 1 } }),
  passing_post: ({ bob }) => ({ by: bob, body: { name: "Kitchen", listed: true } }),
  invites_look: ({ roomInvite }) => ({ by: undefined, body: { token: roomInvite.token } }),
  invites_accept: ({ joe, roomInvite }) => ({ by: joe, body: { token: roomInvite.token } }),
  room_invites_post: () => ({ body: { expires_in: 3600, uses_most: 2, shows: true } }),
  resets_look: async (w) => ({ by: undefined, body: { token: await resetFor(w) } }),
  resets_post: async (w) => ({ by: undefined, body: { token: await resetFor(w), password: PASSWORD } }),
  search_get: ({ ids }) => ({ query: { q: "hello", room: ids["room"]!, limit: "5", zone: "60" } }),
  admin_settings_patch: () => ({ body: { name: "Here", sign_up: "open", members_invite: false, members_open_rooms: true, text_chars: 7000, room_members: 90, accounts: 0 } }),
  admin_audit_get: () => ({ query: { limit: "5" } }),
  admin_users_get: () => ({ query: { q: "a", sort: "name", limit: "5" } }),
  admin_users_post: () => ({ body: { name: `made${newClientId()}`.toLowerCase(), display_name: "Made", role: "member" } }),
  admin_user_patch: () => ({ body: { display_name: "Other", disabled: true } }),
  admin_user_session_delete: ({ bobSession, ids }) => ({ ids: { ...ids, session: bobSession } }),
  admin_rooms_get: () => ({ query: { kind: "group", limit: "5" } }),
  admin_room_patch: ({ bob }) => ({ body: { name: "Renamed", topic: "t", owner: bob.id } }),
  admin_messages_get: () => ({ query: { q: "hello", limit: "5" } }),
  admin_report_delete: async ({ bob, first, ids }) => {
    await bob.do("POST", `/rooms/${ids["room"]!}/messages/${ids["message"]!}/report`, { reason: "because" });
    const { items } = await first.do<{ items: Report[] }>("GET", "/admin/reports");
    return { ids: { ...ids, report: must(items[0]).id } };
  },
  admin_room_message_delete: async ({ ann, first, ids }) => {
    await ann.do("POST", `/rooms/${ids["room"]!}/members`, { user: first.id });
    return { body: { reason: "because" } };
  },
  admin_invites_post: () => ({ body: { expires_in: 3600, uses_most: 2 } }),
  admin_invite_delete: async ({ first, ids }) => ({ ids: { ...ids, invite: (await first.do<Invite>("POST", "/admin/invites", {})).id } }),
};

const COMMANDS: Readonly<Record<string, (w: World) => Given | Promise<Given>>> = {
  send: () => ({ body: { client_id: newClientId(), text: "hi", kind: "text", reply_to: 5 } }),
  edit: () => ({ body: { text: "better" } }),
  delete: () => ({}),
  react: () => ({ body: { emoji: "🎉", on: true } }),
  pin: () => ({ body: { on: false } }),
  star: () => ({ body: { on: false } }),
  hide: () => ({}),
  read: ({ bob }) => ({ by: bob, body: { seq: 5 } }),
  unread: ({ bob }) => ({ by: bob, body: { seq: 5 } }),
  whisper: ({ bob }) => ({ body: { to: bob.id, client_id: newClientId(), text: "psst", kind: "text" } }),
  whisper_edit: () => ({ body: { text: "better" } }),
  whisper_delete: () => ({}),
  whispers_read: ({ bob }) => ({ by: bob, body: { read: 1 } }),
  draft: () => ({ body: { text: "beg", reply_to: 5, age_ms: 0 } }),
  block: () => ({ body: { on: true } }),
  notify: () => ({ body: { level: "mentions" } }),
  typing: ({ annLive }) => ({ query: { connection: annLive.connection }, body: { active: true } }),
  enter: ({ passing, annLive }) => ({ query: { connection: annLive.connection }, body: { room: passing, after: 0 } }),
  say: ({ passing }) => ({ body: { room: passing, client_id: newClientId(), text: "hi", kind: "text" } }),
  unsay: async ({ passing, annLive }) => {
    const said = await annLive.command({ type: "say", room: passing, client_id: newClientId(), text: "hi" });
    return { body: { room: passing, seq: (said as PassingMessage).seq } };
  },
  turn_out: async ({ passing, bob, bobLive }) => {
    await bobLive.command({ type: "enter", room: passing });
    return { body: { room: passing, user: bob.id } };
  },
  exit: ({ passing, annLive }) => ({ query: { connection: annLive.connection }, body: { room: passing } }),
  watch: ({ bob, annLive }) => ({ query: { connection: annLive.connection }, body: { users: [bob.id] } }),
  active: ({ annLive }) => ({ query: { connection: annLive.connection }, body: { active: false } }),
  ping: () => ({}),
};

export const COMMAND_TYPES = Object.keys(COMMANDS);
export const GIVEN_TO = Object.keys(GIVEN);

export async function askOf(w: World, operation: string, path: string): Promise<Ask> {
  const by = path.startsWith("/admin/") ? w.first : w.ann;
  return { by, ids: w.ids, query: {}, ...(await GIVEN[operation]?.(w)) };
}

/** A command, with those of the world's ids that it names. */
export async function commandOf(w: World, type: string, names: readonly string[]): Promise<Ask> {
  const given = await must(COMMANDS[type])(w);
  const ids = Object.fromEntries(Object.entries(w.ids).filter(([name]) => names.includes(name)));
  return { by: w.ann, ids: w.ids, query: {}, ...given, body: { type, ...ids, ...given.body } };
}

async function pictureOf(server: Server, who: Person, path: string, field: "avatar" | "picture"): Promise<string> {
  const headers = { authorization: `Bearer ${who.token}`, "content-type": "image/png" };
  const answer = await fetch(`http://${server.host}/api/v1${path}`, { method: "PUT", headers, body: new Uint8Array(picture) });
  return `${must(((await answer.json()) as Record<string, string>)[field])}-96`;
}

async function resetFor({ first, bob }: World): Promise<string> {
  return (await first.do<ResetLink>("POST", `/admin/users/${bob.id}/reset`)).token;
}
