/* What people put on messages: reactions and pins, for all of the room; stars and deletions for oneself. */
import type { Message, Pinned, Reacted, Starred, User } from "../../protocol/generated";
import { placeOf, type Commands, type FakeRoom, type Routes, type World } from "./world";

export function react(
  world: World,
  room: FakeRoom,
  user: User,
  target: Message,
  emoji: string,
  on = true,
): void {
  const all = room.reactions.get(target.seq) ?? new Map<string, string[]>();
  const who = all.get(emoji) ?? [];
  if (who.includes(user.id) === on) return;
  room.reactions.set(target.seq, all);
  all.set(emoji, on ? [...who, user.id] : who.filter((id) => id !== user.id));
  if (all.get(emoji)!.length === 0) all.delete(emoji);
  world.change(room, target, {});
  world.emit(room, {
    type: "reaction",
    room: room.room.id,
    seq: room.room.head,
    target: target.seq,
    actor: user.id,
    emoji,
    on,
    at: world.now(),
  });
}

export function pin(world: World, room: FakeRoom, user: User, target: Message, on = true): void {
  if (room.pins.has(target.seq) === on) return;
  if (on) room.pins.set(target.seq, { by: user.id, at: world.now() });
  else room.pins.delete(target.seq);
  world.change(room, target, {});
  room.room = { ...room.room, pins: room.pins.size };
  world.emit(room, {
    type: "pin",
    room: room.room.id,
    seq: room.room.head,
    target: target.seq,
    actor: user.id,
    on,
    at: world.now(),
    pins: room.room.pins,
  });
}

export function star(world: World, user: User, target: Message, on = true): void {
  const { stars } = world.own(user.id);
  if (stars.has(placeOf(target)) === on) return;
  if (on) stars.set(placeOf(target), world.now());
  else stars.delete(placeOf(target));
  world.toUser(user.id, (useq) => ({ type: "star", useq, room: target.room, seq: target.seq, on }));
}

export function hide(world: World, user: User, target: Message): void {
  const { hidden, stars } = world.own(user.id);
  if (hidden.has(placeOf(target))) return;
  hidden.add(placeOf(target));
  stars.delete(placeOf(target));
  const last = world.last(world.rooms.get(target.room)!, user.id);
  world.toUser(user.id, (useq) => ({
    type: "hidden",
    useq,
    room: target.room,
    seq: target.seq,
    ...(last && last.seq < target.seq ? { last, last_user: world.users.get(last.author)! } : {}),
  }));
}

/** A message as one of the room's members has it. */
export function viewOf(world: World, room: FakeRoom, message: Message, user: string): Message {
  const own = world.own(user);
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

function starred(world: World, me: User): Starred[] {
  return [...world.own(me.id).stars].reverse().flatMap(([place, at]) => {
    const [id, seq] = place.split(" ");
    const room = world.rooms.get(id!);
    const message = room?.messages.find((m) => m.seq === Number(seq));
    if (!room?.members.has(me.id) || message?.deleted_at !== undefined || !message) return [];
    return [{ message: { ...message, starred: true }, user: world.users.get(message.author)!, at }];
  });
}

function pinned(world: World, room: FakeRoom, me: User): Pinned[] {
  const { hidden } = world.own(me.id);
  return [...room.pins].reverse().flatMap(([seq, by]) => {
    const message = room.messages.find((m) => m.seq === seq)!;
    if (hidden.has(placeOf(message))) return [];
    const [user, pinner] = [world.users.get(message.author)!, world.users.get(by.by)!];
    return [{ message: { ...message, pinned: true }, user, by: pinner, at: by.at }];
  });
}

export const commands: Commands = {
  react(world, me, { room: id, message, emoji, on }) {
    const room = world.roomOf(id, me);
    react(world, room, me, world.message(room, message), emoji, on ?? true);
  },
  pin(world, me, { room: id, message, on }) {
    const room = world.roomOf(id, me);
    pin(world, room, me, world.message(room, message), on ?? true);
  },
  star(world, me, { room: id, message, on }) {
    star(world, me, world.message(world.roomOf(id, me), message), on ?? true);
  },
  hide(world, me, { room: id, message }) {
    hide(world, me, world.message(world.roomOf(id, me), message));
  },
};

export const routes: Routes = {
  "GET /me/stars": ({ world, me }) => ({ items: starred(world, me) }),
  "GET /rooms/{room}/pins": (ask) => ({ items: pinned(ask.world, ask.world.roomAt(ask), ask.me) }),
  "GET /rooms/{room}/messages/{message}/reactions": (ask) => {
    const { world, at, query } = ask;
    const room = world.roomAt(ask);
    const message = world.message(room, at["message"]!);
    const who = room.reactions.get(message.seq)?.get(query.get("emoji") ?? "") ?? [];
    const items: Reacted[] = who.map((u) => ({ user: world.users.get(u)!, at: world.now() }));
    return { items };
  },
};
