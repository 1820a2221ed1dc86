/* Who is signed in, and who else there is. */
import type { Profile, Session, User } from "../../protocol/generated";
import { Refusal, type Commands, type Routes, type World } from "./world";

export function session(world: World): Session {
  return {
    id: "s1",
    kind: "cookie",
    label: "Firefox on Linux",
    address: "192.0.2.7",
    created_at: world.now(),
    used_at: world.now(),
    current: true,
  };
}

export function serverInfo(world: World): unknown {
  return {
    name: "",
    version: "0.1.0",
    fresh: world.users.size === 0,
    sign_up: world.signUp,
    text_chars: 8_000,
  };
}

/** Signing up (`isNew`) and in. */
export function sign(world: World, isNew: boolean, body: Readonly<Record<string, unknown>>): unknown {
  const name = String(body["name"]);
  const known = [...world.users.values()].find((u) => u.name === name);
  if (!isNew && (!known || body["password"] === "wrong")) throw new Refusal("sign_in_failed", 401);
  if (isNew && known) throw new Refusal("name_taken", 409);
  const display = typeof body["display_name"] === "string" ? body["display_name"] : name;
  const user = known ?? world.addUser(name, display);
  world.signedIn = user.id;
  return { user, session: session(world) };
}

function rename(world: World, me: User, display_name: string): User {
  const user = { ...me, display_name };
  world.users.set(me.id, user);
  world.toUser(me.id, (useq) => ({ type: "me", useq, user }));
  return user;
}

/** Somebody is called otherwise, looks otherwise, or is up to something. */
export function become(world: World, user: User): void {
  world.users.set(user.id, user);
  if (!world.watched.includes(user.id)) return;
  for (const s of world.sockets) world.deliver(s, { type: "user", user });
}

function profileOf(world: World, user: User): Profile {
  return { about: "", created_at: world.now(), ...world.profiles.get(user.id), user };
}

export function find(world: World, q: string): User[] {
  const fold = q.toLowerCase();
  return [...world.users.values()]
    .filter((u) => `${u.display_name} ${u.name}`.toLowerCase().includes(fold))
    .slice(0, 25);
}

export const commands: Commands = {
  watch(world, me, command) {
    world.watched = command.users;
    const of = command.users.map((id) => ({
      ...(world.presence.get(id) ?? { user: id, state: "offline" as const }),
      rev: world.users.get(id)?.rev ?? 0,
    }));
    for (const s of world.sockets) if (s.user === me.id) world.deliver(s, { type: "presence", of });
  },
};

export const routes: Routes = {
  "GET /session": ({ world, me }) => ({ user: me, session: session(world) }),
  "DELETE /session": ({ world }) => {
    world.signedIn = undefined;
  },
  "GET /me/sessions": ({ world }) => {
    const other = { id: "s2", label: "Safari on iPhone", address: "198.51.100.20", current: undefined };
    return { items: [session(world), { ...session(world), ...other }] };
  },
  "PATCH /me": ({ world, me, body }) => {
    world.profiles.set(me.id, { ...profileOf(world, me), ...body });
    return rename(world, me, String(body["display_name"] ?? me.display_name));
  },
  "GET /me/profile": ({ world, me }) => profileOf(world, me),
  "PUT /me/status": ({ world, me, body }) => {
    const user: User = {
      ...me,
      ...(body["emoji"] === undefined ? {} : { status_emoji: String(body["emoji"]) }),
      ...(body["text"] === undefined ? {} : { status_text: String(body["text"]) }),
      rev: (me.rev ?? 0) + 1,
    };
    become(world, user);
    return user;
  },
  "DELETE /me/status": ({ world, me }) => {
    const { status_emoji: _, status_text: __, ...rest } = me;
    const user: User = { ...rest, rev: (me.rev ?? 0) + 1 };
    become(world, user);
    return user;
  },
  "GET /users/{user}/profile": ({ world, at }) => {
    const user = world.users.get(at["user"]!);
    if (!user) throw new Refusal("not_found", 404);
    return profileOf(world, user);
  },
  "GET /users/{user}/rooms": ({ world, me, at }) => ({
    items: [...world.rooms.values()]
      .filter((r) => r.room.kind !== "direct" && r.members.has(me.id) && r.members.has(at["user"]!))
      .map((r) => r.room),
  }),
  "GET /users/{user}": ({ world, at }) => {
    const user = world.users.get(at["user"]!);
    if (!user) throw new Refusal("not_found", 404);
    return user;
  },
  "GET /users": ({ world, query }) => ({ items: find(world, query.get("q") ?? "") }),
};
