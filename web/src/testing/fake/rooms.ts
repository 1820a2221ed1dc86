/* Rooms and who is in them, what they have read, that they are writing. */
import type { Member, Notice, RoomEntry, RoomKind, User } from "../../protocol/generated";
import { notice } from "./messages";
import { type Ask, type Commands, type FakeRoom, type Routes, type World } from "./world";

export function read(world: World, room: FakeRoom, user: User, seq: number): void {
  const member = room.members.get(user.id)!;
  if (seq <= member.read.seq) return;
  const upTo = room.messages.findLast((m) => m.seq <= seq);
  member.read = { seq, ordinal: upTo?.ordinal ?? 0 };
  world.toUser(user.id, (useq) => ({ type: "read", useq, room: room.room.id, read: member.read }));
  world.broadcast(room, { type: "seen", room: room.room.id, user: user.id, seq });
}

export function join(world: World, room: FakeRoom, user: User, what: Notice, by = user): void {
  room.members.set(user.id, {
    role: "member",
    joined_at: world.now(),
    read: { seq: room.room.head, ordinal: room.room.count },
  });
  room.room = { ...room.room, member_count: room.members.size };
  notice(world, room, by, what);
  world.toUser(user.id, (useq) => ({ type: "room_added", useq, entry: world.entry(room, user.id) }));
}

export function leave(world: World, room: FakeRoom, user: User, what: Notice, by = user): void {
  room.members.delete(user.id);
  room.room = { ...room.room, member_count: room.members.size };
  notice(world, room, by, what);
  world.toUser(user.id, (useq) => ({ type: "room_removed", useq, room: room.room.id }));
}

function make({ world, me, body }: Ask): RoomEntry {
  const kind = body["kind"] as RoomKind;
  if (kind === "direct") {
    const other = world.users.get(String(body["user"]))!;
    const pair = [...new Set([me, other])];
    const known = [...world.rooms.values()].find(
      (r) =>
        r.room.kind === "direct" && r.members.size === pair.length && pair.every((u) => r.members.has(u.id)),
    );
    if (known) return world.entry(known, me.id);
    return announce(world, world.addRoom("direct", pair), me);
  }
  const members = ((body["members"] as string[] | undefined) ?? []).map((id) => world.users.get(id)!);
  const topic = typeof body["topic"] === "string" ? body["topic"] : "";
  const room = world.addRoom(kind, [me, ...members], String(body["name"]), topic);
  notice(world, room, me, { kind: "created", name: room.room.name });
  return announce(world, room, me);
}

function announce(world: World, room: FakeRoom, me: User): RoomEntry {
  for (const id of room.members.keys()) {
    world.toUser(id, (useq) => ({ type: "room_added", useq, entry: world.entry(room, id) }));
  }
  return world.entry(room, me.id);
}

function memberOf(world: World, room: FakeRoom, user: User): Member {
  const { role, joined_at } = room.members.get(user.id)!;
  return { user, role, joined_at };
}

export const commands: Commands = {
  read(world, me, command) {
    read(world, world.roomOf(command.room, me), me, command.seq);
  },
  typing(world, me, command) {
    world.roomOf(command.room, me);
  },
};

export const routes: Routes = {
  "POST /rooms": make,
  "GET /rooms/open": ({ world, query }) => {
    const q = (query.get("q") ?? "").toLowerCase();
    const open = [...world.rooms.values()].map((r) => r.room);
    return { items: open.filter((r) => r.kind === "open" && r.name.toLowerCase().includes(q)) };
  },
  "GET /rooms/{room}": (ask) => ask.world.roomAt(ask).room,
  "PATCH /rooms/{room}": (ask) => {
    const { world, me, body } = ask;
    const room = world.roomAt(ask);
    if (typeof body["name"] === "string") {
      room.room = { ...room.room, name: body["name"] };
      notice(world, room, me, { kind: "renamed", name: body["name"] });
    }
    if (typeof body["topic"] === "string") {
      room.room = { ...room.room, topic: body["topic"] };
      notice(world, room, me, { kind: "described", topic: body["topic"] });
    }
    return room.room;
  },
  "GET /rooms/{room}/entry": (ask) => ask.world.entry(ask.world.roomAt(ask), ask.me.id),
  "GET /rooms/{room}/seen": (ask) => ({
    items: [...ask.world.roomAt(ask).members].map(([user, m]) => ({ user, seq: m.read.seq })),
  }),
  "GET /rooms/{room}/members": (ask) => {
    const room = ask.world.roomAt(ask);
    return {
      items: [...room.members.keys()].map((id) => memberOf(ask.world, room, ask.world.users.get(id)!)),
    };
  },
  "POST /rooms/{room}/members": (ask) => {
    const { world, me, body } = ask;
    const room = world.roomAt(ask);
    const user = world.users.get(String(body["user"]))!;
    if (!room.members.has(user.id)) {
      if (user.id === me.id) join(world, room, me, { kind: "joined" });
      else join(world, room, user, { kind: "added", subject: user, role: "member" }, me);
    }
    return memberOf(world, room, user);
  },
  "DELETE /rooms/{room}/members/{user}": (ask) => {
    const { world, me, at } = ask;
    const user = world.users.get(at["user"]!)!;
    const what: Notice = user.id === me.id ? { kind: "left" } : { kind: "removed", subject: user };
    leave(world, world.roomAt(ask), user, what, me);
  },
};
