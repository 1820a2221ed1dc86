/* The client's picture of the world, and the one way in which it changes.
 *
 * Live frames, pages of history and local deeds all enter here, as pure functions from one state to the next; nothing is
 * mutated, so an unchanged room is the same object and nothing that shows it is drawn again.
 *
 * Two kinds of sequence, both gap-free: `seq` of a room (its head stands in `entry.room.head`) and `useq` of the person.
 * `judge` says for a frame whether it is next, known already, or shows that something was lost; only "next" is applied. */
import type {
  DraftFrame,
  Message,
  MessageFrame,
  NotifyFrame,
  Page,
  PresenceOf,
  ReadMarker,
  RoomEntry,
  Seen,
  ServerFrame,
  UnreadFrame,
  User,
} from "../protocol/generated";
import { changed, ownChanged } from "./marks";
import { callsMe, forgetRead, setCalled } from "./mentions";
import { forgetGone, setGone } from "./gone";
import { applyNotice } from "./notice";
import {
  EMPTY_TIMELINE,
  changeMessage,
  changeOwn,
  findMessage,
  mergePage,
  pushMessage,
  type Change,
  type OwnChange,
  type PageAsk,
  type Timeline,
} from "./timeline";
import { enterWhisper, putWhisper, readWhispers, unreadWhispers } from "./whispers";

export interface Typist {
  readonly user: User;
  readonly until: number;
}

export interface RoomState {
  readonly entry: RoomEntry;
  readonly timeline: Timeline;
  /** Furthest seq that each member is known to have read. */
  readonly seen: ReadonlyMap<string, number>;
  readonly typing: readonly Typist[];
  /** Grows when the timeline was thrown away and whoever shows it must begin anew. */
  readonly generation: number;
  /** Grows when the list of members may have changed. */
  readonly membership: number;
}

export interface ClientState {
  readonly epoch: string;
  readonly me: User;
  readonly useq: number;
  readonly rooms: ReadonlyMap<string, RoomState>;
  readonly users: ReadonlyMap<string, User>;
  readonly presence: ReadonlyMap<string, PresenceOf>;
  /** Whom one has blocked. */
  readonly blocked: ReadonlySet<string>;
}

export type OwnSetting = UnreadFrame | NotifyFrame | DraftFrame;
export type Verdict = "next" | "known" | "lost";

export function emptyClient(me: User): ClientState {
  return {
    epoch: "",
    me,
    useq: 0,
    rooms: new Map(),
    users: new Map([[me.id, me]]),
    presence: new Map(),
    blocked: new Set(),
  };
}

export function countable(message: Message): boolean {
  return message.kind !== "notice";
}

/** Lines and whispers beyond what is read, those that are gone among them. */
export function beyondRead(entry: RoomEntry): number {
  return Math.max(0, entry.room.count - entry.read.ordinal) + unreadWhispers(entry);
}

export function unreadOf(entry: RoomEntry): number {
  return beyondRead(entry) - (entry.gone?.length ?? 0);
}

/** Is this frame the next one of its sequence? Frames without one are always next. */
export function judge(state: ClientState, frame: ServerFrame): Verdict {
  switch (frame.type) {
    case "message":
    case "edit":
    case "delete":
    case "reaction":
    case "pin": {
      const room = state.rooms.get(frame.room);
      if (!room) return "known"; // not in the room any more, or not yet: `room_added` brings the head along
      return order(frame.seq, room.entry.room.head);
    }
    case "room_added":
    case "room_removed":
    case "read":
    case "me":
    case "star":
    case "hidden":
    case "removed":
    case "whisper":
    case "whispers_read":
    case "blocked":
    case "notify":
    case "unread":
    case "draft":
      return order(frame.useq, state.useq);
    case "beat": {
      if (frame.useq > state.useq) return "lost";
      for (const [id, head] of Object.entries(frame.heads)) {
        const room = state.rooms.get(id);
        if (room && head > room.entry.room.head) return "lost";
      }
      return "next";
    }
    default:
      return "next";
  }
}

function order(seq: number, head: number): Verdict {
  if (seq <= head) return "known";
  return seq === head + 1 ? "next" : "lost";
}

/** The state after a frame that `judge` called next. `now` is only for what expires by itself. */
export function apply(state: ClientState, frame: ServerFrame, now = 0): ClientState {
  switch (frame.type) {
    case "ready":
      return applyReady(state, frame);
    case "reset":
      return putRoom(
        learn(state, usersOf(frame.entry)),
        freshRoom(frame.entry, state.rooms.get(frame.entry.room.id)),
      );
    case "message":
      return applyMessage(state, frame);
    case "edit":
    case "delete":
    case "reaction":
    case "pin":
      return applyChange(state, frame);
    case "star":
    case "hidden":
    case "removed":
      return applyOwnChange(state, frame);
    case "room_added": {
      const next = learn({ ...state, useq: frame.useq }, usersOf(frame.entry));
      const known = state.rooms.get(frame.entry.room.id);
      // The answer to one's own request may have brought it a moment before; then nothing need be thrown away.
      const same =
        known?.entry.joined_at === frame.entry.joined_at && known.entry.room.head >= frame.entry.room.head;
      return same ? next : putRoom(next, freshRoom(frame.entry, known));
    }
    case "room_removed": {
      const rooms = new Map(state.rooms);
      rooms.delete(frame.room);
      return { ...state, useq: frame.useq, rooms };
    }
    case "read":
      return withRoom({ ...state, useq: frame.useq }, frame.room, (room) =>
        setRead(room, frame.read, state.me.id),
      );
    case "blocked": {
      const blocked = new Set(state.blocked);
      if (frame.on) blocked.add(frame.user.id);
      else blocked.delete(frame.user.id);
      return learn({ ...state, useq: frame.useq, blocked }, [frame.user]);
    }
    case "unread":
    case "notify":
    case "draft":
      return withRoom({ ...state, useq: frame.useq }, frame.room, (room) => ({
        ...room,
        entry: setOwn(room.entry, frame),
      }));
    case "me":
      return learn({ ...state, useq: frame.useq, me: frame.user }, [frame.user]);
    case "user":
      return learn(state, [frame.user]);
    case "seen":
      return withRoom(state, frame.room, (room) => setSeen(room, [frame]));
    case "typing":
      // What one writes on another device is no news.
      if (frame.user.id === state.me.id) return state;
      return withRoom(learn(state, [frame.user]), frame.room, (room) => {
        const others = room.typing.filter((t) => t.user.id !== frame.user.id);
        const stopped = frame.for_ms <= 0 || state.blocked.has(frame.user.id);
        if (stopped && others.length === room.typing.length) return room;
        const typing = !stopped ? [...others, { user: frame.user, until: now + frame.for_ms }] : others;
        return { ...room, typing };
      });
    case "presence": {
      const presence = new Map(state.presence);
      for (const of of frame.of) presence.set(of.user, of);
      return { ...state, presence };
    }
    case "whisper":
      return withRoom(learn({ ...state, useq: frame.useq }, [frame.with]), frame.room, (room) => ({
        ...room,
        entry: enterWhisper(room.entry, frame, state.me.id),
        timeline: putWhisper(room.timeline, frame),
      }));
    case "whispers_read":
      return applyWhispersRead({ ...state, useq: frame.useq }, frame.room, frame.read);
    case "synced":
    case "beat":
    case "resync":
    case "reply":
    case "error":
    case "reports": // the administrators' alone, and no part of what is kept
    case "passing_state": // passing rooms are no part of this state: nothing of them is kept
    case "passing_entered":
    case "passing_left":
    case "passing_link":
    case "passing_said":
    case "passing_unsaid":
      return state;
  }
}

function applyReady(state: ClientState, frame: Extract<ServerFrame, { type: "ready" }>): ClientState {
  if (frame.resumed) return learn({ ...state, epoch: frame.epoch, me: frame.me }, [frame.me]);
  const rooms = new Map<string, RoomState>();
  let next = learn({ ...state, epoch: frame.epoch, me: frame.me, useq: frame.useq }, [frame.me]);
  for (const entry of frame.rooms ?? []) {
    rooms.set(entry.room.id, freshRoom(entry, state.rooms.get(entry.room.id)));
    next = learn(next, usersOf(entry));
  }
  return { ...next, rooms, blocked: new Set(frame.blocked) };
}

function freshRoom(entry: RoomEntry, before: RoomState | undefined): RoomState {
  return {
    entry,
    timeline: EMPTY_TIMELINE,
    seen: new Map(),
    typing: [],
    generation: (before?.generation ?? 0) + 1,
    membership: (before?.membership ?? 0) + 1,
  };
}

function applyMessage(state: ClientState, frame: MessageFrame): ClientState {
  const { message } = frame;
  const people = message.notice?.subject ? [frame.user, message.notice.subject] : [frame.user];
  return withRoom(learn(state, people), frame.room, (before) => {
    // What one writes oneself one has read.
    const own =
      message.author === state.me.id && countable(message) && message.seq > (before.entry.read.since ?? 0);
    const room = own ? setRead(before, { seq: message.seq, ordinal: message.ordinal }, state.me.id) : before;
    let entry: RoomEntry = {
      ...room.entry,
      room: { ...room.entry.room, head: frame.seq, count: message.ordinal },
    };
    if (message.author !== state.me.id && message.hidden !== true)
      entry = setCalled(entry, message.seq, callsMe(message.mentions, state.me.id) && message.author);
    const isLast = countable(message) || !entry.last || !countable(entry.last);
    if (isLast && message.hidden !== true) {
      entry = { ...entry, last: message, last_user: frame.user };
    }
    // Those of imported authors tell of the past elsewhere and change nothing here.
    if (message.notice && frame.user.kind !== "imported") entry = applyNotice(entry, message, state.me.id);
    const typing = room.typing.filter((t) => t.user.id !== message.author);
    return {
      ...room,
      entry,
      typing: typing.length === room.typing.length ? room.typing : typing,
      seen: countable(message) ? raise(room.seen, [{ user: message.author, seq: message.seq }]) : room.seen,
      timeline: pushMessage(room.timeline, message),
      membership: room.membership + (message.notice ? 1 : 0),
    };
  });
}

function applyChange(state: ClientState, frame: Change): ClientState {
  const change = changed(state.me.id);
  return withRoom(state, frame.room, (room) => {
    let entry: RoomEntry = { ...room.entry, room: { ...room.entry.room, head: frame.seq } };
    if ("pins" in frame) entry = { ...entry, room: { ...entry.room, pins: frame.pins } };
    // The line in the list of conversations is told without what stands on it.
    if (entry.last?.seq === frame.target && (frame.type === "edit" || frame.type === "delete"))
      entry = { ...entry, last: change(entry.last, frame) };
    const timeline = changeMessage(room.timeline, frame, change);
    if (frame.type === "delete") entry = setGone(setCalled(entry, frame.target, false), frame.target);
    if (frame.type === "edit" && frame.actor !== state.me.id) {
      const hidden = findMessage(timeline, frame.target)?.hidden === true;
      entry = setCalled(entry, frame.target, !hidden && callsMe(frame.mentions, state.me.id) && frame.actor);
    }
    return { ...room, entry, timeline };
  });
}

function applyOwnChange(state: ClientState, frame: OwnChange): ClientState {
  const people = frame.type === "hidden" && frame.last_user ? [frame.last_user] : [];
  return withRoom(learn({ ...state, useq: frame.useq }, people), frame.room, (room) => {
    let { entry } = room;
    if (frame.type === "hidden" && entry.last?.seq === frame.seq) {
      const { last, last_user, ...rest } = entry;
      entry = frame.last ? { ...rest, last: frame.last, last_user: frame.last_user! } : rest;
    }
    if (frame.type === "hidden") entry = setCalled(entry, frame.seq, false);
    return { ...room, entry, timeline: changeOwn(room.timeline, frame, ownChanged) };
  });
}

/** A page of history comes in; frames newer than the page that were applied meanwhile hold. */
export function applyPage(state: ClientState, page: Page, ask: PageAsk): ClientState {
  const change = changed(state.me.id);
  return withRoom(learn(state, page.users), page.room, (room) => ({
    ...room,
    timeline: mergePage(room.timeline, page, ask, room.entry.room.head, change, ownChanged),
  }));
}

export function applySeen(state: ClientState, roomId: string, seen: readonly Seen[]): ClientState {
  return withRoom(state, roomId, (room) => setSeen(room, seen));
}

/** One reads up to `seq` on this device: shown at once; the server's `read` says the same a moment later. */
export function applyLocalRead(state: ClientState, roomId: string, read: ReadMarker): ClientState {
  return withRoom(state, roomId, (room) => setRead(room, read, state.me.id));
}

/** So many of the whispers to oneself are read. */
export function applyWhispersRead(state: ClientState, roomId: string, read: number): ClientState {
  return withRoom(state, roomId, (room) => {
    const entry = readWhispers(room.entry, read);
    return entry === room.entry ? room : { ...room, entry };
  });
}

/** A room that the answer to one's own request brought, ahead of its `room_added`. */
export function applyEntry(state: ClientState, entry: RoomEntry): ClientState {
  const before = state.rooms.get(entry.room.id);
  if (before) return state;
  return putRoom(learn(state, usersOf(entry)), freshRoom(entry, undefined));
}

/** Forget those who have stopped writing without saying so. */
export function expireTyping(state: ClientState, now: number): ClientState {
  let next = state;
  for (const [id, room] of state.rooms) {
    if (!room.typing.some((t) => t.until <= now)) continue;
    next = withRoom(next, id, (r) => ({ ...r, typing: r.typing.filter((t) => t.until > now) }));
  }
  return next;
}

/** What somebody was up to until now is over. */
export function expireStatus(state: ClientState, now: number): ClientState {
  let users: Map<string, User> | undefined;
  for (const user of state.users.values()) {
    if ((user.status_until ?? Infinity) > now) continue;
    const { status_emoji: _, status_text: __, status_until: ___, ...rest } = user;
    users ??= new Map(state.users);
    users.set(user.id, rest);
  }
  return users ? { ...state, users } : state;
}

/** What `hello` tells: the last thing applied of every sequence. */
export function cursorsOf(state: ClientState): {
  epoch: string;
  useq: number;
  rooms: Record<string, number>;
} {
  const rooms: Record<string, number> = {};
  for (const [id, room] of state.rooms) rooms[id] = room.entry.room.head;
  return { epoch: state.epoch, useq: state.useq, rooms };
}

/** What one sets for oneself in a room. A marker that is told as `unread` holds, even where it moves back. */
export function setOwn(entry: RoomEntry, frame: OwnSetting): RoomEntry {
  switch (frame.type) {
    case "unread": {
      const { mentioned: _, gone: __, ...rest } = entry;
      const { read, mentioned, gone } = frame;
      return { ...rest, read, ...(mentioned ? { mentioned } : {}), ...(gone ? { gone } : {}) };
    }
    case "notify": {
      const { notify, ...rest } = entry;
      return frame.level === "all" ? rest : { ...rest, notify: frame.level };
    }
    case "draft": {
      const { draft, ...rest } = entry;
      return frame.draft.text === "" ? rest : { ...rest, draft: frame.draft };
    }
  }
}

/** Never back: after a pause one's own reading comes first, and then the lines that one wrote before it. */
function setRead(room: RoomState, read: ReadMarker, me: string): RoomState {
  const before = room.entry.read;
  if (read.seq < before.seq || (read.seq === before.seq && read.ordinal === before.ordinal)) return room;
  const entry = forgetGone(forgetRead({ ...room.entry, read }));
  return { ...room, entry, seen: raise(room.seen, [{ user: me, seq: read.seq }]) };
}

function setSeen(room: RoomState, seen: readonly Seen[]): RoomState {
  const next = raise(room.seen, seen);
  return next === room.seen ? room : { ...room, seen: next };
}

function raise(seen: ReadonlyMap<string, number>, more: readonly Seen[]): ReadonlyMap<string, number> {
  let next: Map<string, number> | undefined;
  for (const s of more) {
    if ((seen.get(s.user) ?? 0) >= s.seq) continue;
    next ??= new Map(seen);
    next.set(s.user, s.seq);
  }
  return next ?? seen;
}

function usersOf(entry: RoomEntry): User[] {
  return [entry.peer, entry.last_user, entry.last?.notice?.subject, entry.whispers?.with].filter(
    (u) => u !== undefined,
  );
}

export function learn(state: ClientState, users: readonly User[]): ClientState {
  let next: Map<string, User> | undefined;
  for (const user of users) {
    const known = (next ?? state.users).get(user.id);
    if (known && (sameUser(known, user) || (known.rev ?? 0) > (user.rev ?? 0))) continue;
    next ??= new Map(state.users);
    next.set(user.id, user);
  }
  return next ? { ...state, users: next } : state;
}

/** Who wrote the newest lines that are known, newest first. */
export function authorsOf(timeline: Timeline, most: number): string[] {
  const authors = new Set<string>();
  const lines = timeline.segments.at(-1)?.messages ?? [];
  for (let i = lines.length - 1; i >= 0 && authors.size < most; i--) authors.add(lines[i]!.author);
  return [...authors];
}

/** Those of them who have changed since they were last told of: `watch` answers how far each one is. */
export function outdated(state: ClientState, of: readonly PresenceOf[]): string[] {
  return of
    .filter(({ user, rev }) => {
      const known = state.users.get(user);
      return known !== undefined && (known.rev ?? 0) < (rev ?? 0);
    })
    .map(({ user }) => user);
}

function sameUser(a: User, b: User): boolean {
  return (
    a.display_name === b.display_name &&
    a.name === b.name &&
    a.role === b.role &&
    a.kind === b.kind &&
    a.disabled === b.disabled &&
    a.rev === b.rev
  );
}

function withRoom(state: ClientState, id: string, change: (room: RoomState) => RoomState): ClientState {
  const room = state.rooms.get(id);
  if (!room) return state;
  const next = change(room);
  return next === room ? state : putRoom(state, next);
}

function putRoom(state: ClientState, room: RoomState): ClientState {
  const rooms = new Map(state.rooms);
  rooms.set(room.entry.room.id, room);
  return { ...state, rooms };
}
