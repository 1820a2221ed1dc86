/* What people set for themselves in a room: how loud it is, what is unread, what they have begun to write. */
import { GONE_MOST } from "../../model/gone";
import type { Draft, NotifyLevel, User } from "../../protocol/generated";
import type { Commands, FakeRoom, Routes, World } from "./world";

/** For the room's entry. */
export function goneOf(room: FakeRoom, user: string): { gone?: readonly number[] } {
  const from = room.members.get(user)!.read.seq;
  const gone = room.messages.filter((m) => m.deleted_at !== undefined && m.seq > from).map((m) => m.seq);
  return gone.length > 0 ? { gone: gone.slice(-GONE_MOST) } : {};
}

export function unread(world: World, room: FakeRoom, user: User, seq: number): void {
  const member = room.members.get(user.id)!;
  if (seq > member.read.seq) return;
  const before = room.messages.findLast((m) => m.seq < seq);
  const read = { seq: seq - 1, ordinal: before?.ordinal ?? 0, since: room.room.head };
  member.read = read;
  world.toUser(user.id, (useq) => ({
    type: "unread",
    useq,
    room: room.room.id,
    read,
    ...goneOf(room, user.id),
  }));
}

export function notify(world: World, room: FakeRoom, user: User, level: NotifyLevel): void {
  const member = room.members.get(user.id)!;
  if ((member.notify ?? "all") === level) return;
  member.notify = level;
  world.toUser(user.id, (useq) => ({ type: "notify", useq, room: room.room.id, level }));
}

/** Keeps the one that was written last; returns what is kept now. */
export function draft(
  world: World,
  room: FakeRoom,
  user: User,
  text: string,
  reply_to?: number,
  age_ms = 0,
): Draft {
  const member = room.members.get(user.id)!;
  const before = member.draft ?? { text: "", at: -Infinity };
  const fresh: Draft = {
    text,
    ...(reply_to === undefined ? {} : { reply_to }),
    at: world.now() - age_ms,
  };
  if (fresh.at < before.at) return before;
  member.draft = fresh;
  if (before.text !== text || before.reply_to !== reply_to)
    world.toUser(user.id, (useq) => ({ type: "draft", useq, room: room.room.id, draft: fresh }));
  return fresh;
}

export function block(world: World, user: User, whom: User, on = true): void {
  const { blocked } = world.own(user.id);
  if (blocked.has(whom.id) === on) return;
  if (on) blocked.add(whom.id);
  else blocked.delete(whom.id);
  world.toUser(user.id, (useq) => ({ type: "blocked", useq, user: whom, on }));
}

export const commands: Commands = {
  block(world, me, { user, on }) {
    block(world, me, world.users.get(user)!, on ?? true);
  },
  unread(world, me, { room, seq }) {
    unread(world, world.roomOf(room, me), me, seq);
  },
  notify(world, me, { room, level }) {
    notify(world, world.roomOf(room, me), me, level);
  },
  draft(world, me, { room, text, reply_to, age_ms }) {
    return draft(world, world.roomOf(room, me), me, text, reply_to, age_ms);
  },
};

export const routes: Routes = {
  "GET /me/blocked": ({ world, me }) => ({
    items: [...world.own(me.id).blocked].map((id) => ({ user: world.users.get(id)!, at: world.now() })),
  }),
};
