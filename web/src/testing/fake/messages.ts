/* Writing, changing and reading messages. */
import type { Message, MessageFrame, Notice, Page, User, Whisper } from "../../protocol/generated";
import { viewOf } from "./marks";
import { called } from "./mentions";
import { heardBy } from "./whispers";
import { placeOf, type Commands, type FakeRoom, type Routes, type World } from "./world";

type More = Partial<Pick<Message, "client_id" | "reply_to" | "kind" | "notice" | "at">>;

export function post(world: World, room: FakeRoom, author: User, text: string, more: More = {}): Message {
  const kind = more.kind ?? "text";
  const seq = room.room.head + 1;
  const ordinal = room.room.count + (kind === "notice" ? 0 : 1);
  const message: Message = {
    id: world.newId("m"),
    room: room.room.id,
    seq,
    ordinal,
    kind,
    author: author.id,
    at: world.now(),
    text,
    ...(kind === "notice" ? {} : called(world, room, author, text)),
    ...more,
  };
  room.messages.push(message);
  room.room = { ...room.room, head: seq, count: ordinal };
  const member = room.members.get(author.id);
  if (member && kind !== "notice") member.read = { seq, ordinal };
  const frame: MessageFrame = { type: "message", room: room.room.id, seq, message, user: author };
  world.emit(room, frame);
  return message;
}

export function notice(world: World, room: FakeRoom, author: User, what: Notice, at = world.now()): Message {
  return post(world, room, author, "", { kind: "notice", notice: what, at });
}

export function edit(world: World, room: FakeRoom, target: Message, text: string): void {
  const before = { text: target.text, at: target.edited_at ?? target.at };
  room.edits.set(target.seq, [...(room.edits.get(target.seq) ?? []), before]);
  const { mentions } = called(world, room, world.users.get(target.author)!, text);
  const at = room.messages.findIndex((m) => m.seq === target.seq);
  const { mentions: old, ...rest } = room.messages[at]!;
  room.messages[at] = { ...rest, ...(mentions ? { mentions } : {}) };
  world.change(room, target, { text, edited_at: world.now() });
  world.emit(room, {
    type: "edit",
    room: room.room.id,
    seq: room.room.head,
    target: target.seq,
    actor: target.author,
    text,
    at: world.now(),
    ...(mentions ? { mentions } : {}),
  });
}

export function remove(world: World, room: FakeRoom, target: Message): void {
  const at = room.messages.findIndex((m) => m.seq === target.seq);
  const { mentions, ...rest } = room.messages[at]!;
  room.messages[at] = rest;
  world.change(room, target, { text: "", deleted_at: world.now() });
  for (const marks of [room.reactions, room.pins, room.edits]) marks.delete(target.seq);
  room.room = { ...room.room, pins: room.pins.size };
  world.emit(room, {
    type: "delete",
    room: room.room.id,
    seq: room.room.head,
    target: target.seq,
    actor: target.author,
    at: world.now(),
    pins: room.room.pins,
  });
}

const placeIn = (item: Message | Whisper): number => ("place" in item ? item.place : item.seq);

export function pageOf(world: World, room: FakeRoom, query: URLSearchParams, user: string): Page {
  const limit = Number(query.get("limit") ?? 25);
  const num = (key: string): number | undefined => (query.has(key) ? Number(query.get(key)) : undefined);
  // Lines and the reader's whispers in the order of the timeline: a whisper behind the line of its place.
  const items: readonly (Message | Whisper)[] = [...room.messages, ...heardBy(room, user)].sort(
    (a, b) => placeIn(a) - placeIn(b) || Number("place" in a) - Number("place" in b),
  );
  const firstFrom = (seq: number): number => {
    const i = items.findIndex((m) => placeIn(m) >= seq);
    return i < 0 ? items.length : i;
  };
  const whisper = items.findIndex((w) => w.id === query.get("whisper"));
  let start = Math.max(0, items.length - limit);
  let end = items.length;
  const [before, after, around] = [num("before"), num("after"), num("around")];
  if (before !== undefined) {
    end = whisper < 0 ? firstFrom(before) : whisper;
    start = Math.max(0, end - limit);
  } else if (after !== undefined) {
    start = whisper < 0 ? firstFrom(after + 1) : whisper + 1;
    end = Math.min(items.length, start + limit);
  } else if (around !== undefined) {
    start = Math.max(0, firstFrom(around) - Math.floor(limit / 2));
    end = Math.min(items.length, start + limit);
  }
  const shown = items.slice(start, end);
  const messages = shown.filter((m) => "seq" in m);
  const whispers = shown.filter((m) => "place" in m);
  const inside = new Set(messages.map((m) => m.seq));
  const answered = new Set(messages.map((m) => m.reply_to).filter((s) => s !== undefined));
  const { hidden } = world.own(user);
  return {
    room: room.room.id,
    head: room.room.head,
    useq: world.useq(user),
    messages: messages.map((m) => viewOf(world, room, m, user)),
    users: [...new Set(shown.map((m) => m.author))].map((id) => world.users.get(id)!),
    quoted: room.messages.filter((m) => answered.has(m.seq) && !inside.has(m.seq) && !hidden.has(placeOf(m))),
    has_before: start > 0,
    has_after: end < items.length,
    ...(whispers.length > 0 ? { whispers } : {}),
  };
}

export const commands: Commands = {
  send(world, me, { room: id, text, client_id, reply_to, kind }) {
    const room = world.roomOf(id, me);
    const done = room.messages.find((m) => m.author === me.id && m.client_id === client_id);
    const more = { client_id, ...(reply_to === undefined ? {} : { reply_to }), ...(kind ? { kind } : {}) };
    return done ?? post(world, room, me, text, more);
  },
  edit(world, me, command) {
    const room = world.roomOf(command.room, me);
    edit(world, room, world.message(room, command.message), command.text);
  },
  delete(world, me, command) {
    const room = world.roomOf(command.room, me);
    remove(world, room, world.message(room, command.message));
  },
};

export const routes: Routes = {
  "GET /rooms/{room}/messages": (ask) => pageOf(ask.world, ask.world.roomAt(ask), ask.query, ask.me.id),
  "GET /rooms/{room}/messages/{message}/edits": (ask) => {
    const room = ask.world.roomAt(ask);
    return { items: room.edits.get(ask.world.message(room, ask.at["message"]!).seq) ?? [] };
  },
};
