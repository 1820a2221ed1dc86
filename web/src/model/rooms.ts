/* The list of conversations, and what one may do in a room (as domain/access.c has it; the server decides, this only
 * keeps from offering what it would refuse). */
import type { Message, RoomEntry, RoomRole, User, Whisper } from "../protocol/generated";
import { mentionedIn } from "./mentions";
import { countable, unreadOf, type ClientState, type RoomState } from "./client";
import { unreadWhispers } from "./whispers";

/** Latest first. */
export function sortRooms(state: ClientState): RoomState[] {
  return [...state.rooms.values()].sort((a, b) => latest(b.entry) - latest(a.entry));
}

function latest(entry: RoomEntry): number {
  return Math.max(lastAt(entry) ?? 0, entry.joined_at, entry.last ? 0 : entry.room.created_at);
}

/** The newest that was said to one there, aloud or in a whisper. */
export function lastWhisper(entry: RoomEntry): Whisper | undefined {
  const whisper = entry.whispers?.last;
  return whisper && whisper.place >= (entry.last?.seq ?? 0) ? whisper : undefined;
}

export function lastAt(entry: RoomEntry): number | undefined {
  return (lastWhisper(entry) ?? entry.last)?.at;
}

export function totalUnread(state: ClientState): number {
  let total = 0;
  for (const { entry } of state.rooms.values())
    if (writable(entry)) total += isLoud(entry) ? unreadOf(entry) : callsOf(entry, state);
  return total;
}

/** What counts of a room in which only what is for oneself does: the calls by name, and whispers. */
function callsOf(entry: RoomEntry, { blocked }: ClientState): number {
  return entry.notify === "mentions" ? mentionedIn(entry, blocked).length + unreadWhispers(entry) : 0;
}

/** Where the conversation can be marked as unread: its last message. */
export function lastToRead(entry: RoomEntry): number | undefined {
  return entry.last && countable(entry.last) ? entry.last.seq : undefined;
}

/** Is every message here for whoever reads it? Then what is unread counts in the title. */
export function isLoud({ notify, room }: RoomEntry): boolean {
  return notify === undefined || (notify === "mentions" && room.kind === "direct");
}

/** Words of `query` must each begin a word of the name. */
export function matches(query: string, ...names: (string | undefined)[]): boolean {
  const words = fold(names.filter(Boolean).join(" ")).split(/[\s._-]+/);
  return fold(query)
    .split(/\s+/)
    .filter(Boolean)
    .every((q) => words.some((w) => w.startsWith(q)));
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** In larger rooms only their admins call everyone. */
export const CALL_ALL_MEMBERS = 20;

const RANK: Record<RoomRole, number> = { owner: 2, admin: 1, member: 0 };

const writable = (entry: RoomEntry): boolean => entry.room.archived !== true;

export const may = {
  /** Say something, reply, react. */
  write: writable,
  manage: (entry: RoomEntry): boolean =>
    entry.room.kind !== "direct" && RANK[entry.role] >= RANK.admin && writable(entry),
  add: (entry: RoomEntry): boolean => (entry.room.kind === "open" && writable(entry)) || may.manage(entry),
  leave: (entry: RoomEntry): boolean => entry.room.kind !== "direct",
  destroy: (entry: RoomEntry): boolean => entry.room.kind !== "direct" && entry.role === "owner",
  changeRole: (entry: RoomEntry): boolean =>
    entry.room.kind !== "direct" && entry.role === "owner" && writable(entry),
  /** As the server's administrator: what other people wrote, with a reason. */
  moderate: (message: Message, me: User, entry: RoomEntry): boolean =>
    me.role !== "member" &&
    entry.room.kind !== "direct" &&
    message.kind !== "notice" &&
    message.author !== me.id &&
    message.deleted_at === undefined,
  remove: (entry: RoomEntry, role: RoomRole): boolean => may.manage(entry) && RANK[role] < RANK[entry.role],
  edit: (message: Message, me: User, entry: RoomEntry): boolean =>
    writable(entry) &&
    message.author === me.id &&
    message.kind !== "notice" &&
    message.deleted_at === undefined &&
    message.hidden !== true,
  delete: (message: Message, me: User, entry: RoomEntry): boolean =>
    message.kind !== "notice" &&
    message.deleted_at === undefined &&
    writable(entry) &&
    (message.author === me.id || may.manage(entry)),
  /** @here, @everyone. */
  callAll: (entry: RoomEntry): boolean =>
    entry.room.kind !== "direct" && (may.manage(entry) || entry.room.member_count <= CALL_ALL_MEMBERS),
  pin: (entry: RoomEntry): boolean => (entry.room.kind === "direct" && writable(entry)) || may.manage(entry),
};
