/* What of the client's state is kept on the device, so that the conversations that one saw last can be read without a network.
 * It is a state like any other, only smaller: its cursors are true, and coming back with them brings what was missed. */
import type { Message, RoomEntry, User, Whisper } from "../protocol/generated";
import { emptyClient, learn, type ClientState, type RoomState } from "./client";
import { EMPTY_TIMELINE, tail } from "./timeline";
import { whispersIn } from "./whispers";

interface Lines {
  readonly from: number;
  readonly messages: readonly Message[];
  readonly whispers: readonly Whisper[];
}

export interface Kept {
  /** Of the form of this; another one is thrown away. */
  readonly form: typeof FORM;
  readonly at: number;
  readonly epoch: string;
  readonly me: User;
  readonly useq: number;
  readonly entries: readonly RoomEntry[];
  /** The end of the timelines that one saw last, by room. */
  readonly lines: Readonly<Record<string, Lines>>;
  readonly users: readonly User[];
  readonly blocked: readonly string[];
}

export const FORM = 3;
const LINES = 80;
const PEOPLE_KEPT = 2_000;
export const ROOMS_KEPT = 30;

/** The end of a room's timeline, where it is known and as old as the room's head: a page may be ahead of it. */
function endOf(room: RoomState): Lines | undefined {
  const { head } = room.entry.room;
  const end = tail(room.timeline, head);
  if (!end || [...room.timeline.ahead.values()].some((seq) => seq > head)) return undefined;
  let messages = end.messages.slice(-LINES);
  const first = messages[0];
  let from = messages.length < end.messages.length && first ? first.seq : end.from;
  const heard = whispersIn(room.timeline, { ...end, from, messages });
  const whispers = heard.slice(-LINES);
  if (whispers.length < heard.length) {
    from = whispers[0]!.place + 1;
    messages = messages.filter((m) => m.seq >= from);
  }
  return { from, messages, whispers };
}

/** What was kept `before` holds for a room in which nothing has happened since; what was whispered in it is not told by its
 * head, but by one's own sequence. */
function endBefore(room: RoomState, useq: number, before: Kept | undefined): Lines | undefined {
  const { id, head } = room.entry.room;
  const entry = before?.entries.find((e) => e.room.id === id);
  if (entry?.room.head !== head || (room.entry.whispers && useq !== before?.useq)) return undefined;
  return before?.lines[id];
}

/** `seen`: rooms that were open, the last one first. */
export function keep(state: ClientState, seen: readonly string[], at: number, before?: Kept): Kept {
  const lines: Record<string, Lines> = {};
  const people = new Map<string, User>();
  for (const user of before?.me.id === state.me.id ? before.users : []) people.set(user.id, user);
  const know = (id: string): void => {
    const user = state.users.get(id);
    if (user) people.set(id, user);
  };
  for (const id of [...new Set([...seen, ...Object.keys(before?.lines ?? {})])]) {
    if (Object.keys(lines).length === ROOMS_KEPT) break;
    const room = state.rooms.get(id);
    const end = room && (endOf(room) ?? endBefore(room, state.useq, before));
    if (!end) continue;
    lines[id] = end;
    for (const m of end.messages) know(m.author);
    for (const w of end.whispers) for (const one of [w.author, w.to]) know(one);
  }
  for (const { entry } of state.rooms.values())
    for (const user of [entry.peer, entry.last_user, entry.whispers?.with]) if (user) know(user.id);
  return {
    form: FORM,
    at,
    epoch: state.epoch,
    me: state.me,
    useq: state.useq,
    entries: [...state.rooms.values()].map((r) => r.entry),
    lines,
    users: [...people.values()].slice(-PEOPLE_KEPT),
    blocked: [...state.blocked],
  };
}

export function revive(kept: Kept): ClientState {
  const rooms = new Map<string, RoomState>();
  for (const entry of kept.entries) {
    const end = kept.lines[entry.room.id];
    const segment = end && { from: end.from, to: entry.room.head, messages: end.messages };
    const whispers = new Map(end?.whispers.map((w) => [w.id, w]));
    rooms.set(entry.room.id, {
      entry,
      timeline: segment ? { ...EMPTY_TIMELINE, segments: [segment], whispers } : EMPTY_TIMELINE,
      seen: new Map(),
      typing: [],
      generation: 1,
      membership: 1,
    });
  }
  const state = {
    ...emptyClient(kept.me),
    epoch: kept.epoch,
    useq: kept.useq,
    rooms,
    blocked: new Set(kept.blocked),
  };
  return learn(state, kept.users);
}
