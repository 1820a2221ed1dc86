/* What calls one by name: which unread lines of a room do. Derived from the lines and the read marker, never counted up or
 * down, so that it is on every device what the server says. Whom one has blocked calls in vain: that is derived too, so
 * blocking and letting in again needs no word from the server. */
import type { Call, Mention, RoomEntry } from "../protocol/generated";

/** The server tells no more per room, for nobody counts further. */
export const MENTIONED_MOST = 100;

/** The names that call all members of a room. */
export const CALL_ALL = ["here", "everyone"] as const;

export function mentionedIn(entry: RoomEntry, blocked: ReadonlySet<string>): readonly number[] {
  return calls(entry).flatMap((c) => (blocked.has(c.author) ? [] : c.seq));
}

function calls(entry: RoomEntry): readonly Call[] {
  return entry.mentioned ?? [];
}

/** Among those called, oneself: by name, or as one of all members. */
export function callsMe(mentions: readonly Mention[] | undefined, me: string): boolean {
  return mentions?.some((m) => m.user === undefined || m.user === me) === true;
}

function withMentioned(entry: RoomEntry, all: readonly Call[]): RoomEntry {
  const { mentioned, ...rest } = entry;
  return all.length > 0 ? { ...rest, mentioned: all.slice(-MENTIONED_MOST) } : rest;
}

/** Whether the line at `seq` calls one is known anew: by its author, or nobody. */
export function setCalled(entry: RoomEntry, seq: number, author: string | false): RoomEntry {
  const before = calls(entry);
  const others = before.filter((c) => c.seq !== seq);
  const counts = author !== false && seq > entry.read.seq;
  if (others.length < before.length === counts) return entry;
  return withMentioned(entry, counts ? [...others, { seq, author }].sort((a, b) => a.seq - b.seq) : others);
}

/** What is read calls no more. */
export function forgetRead(entry: RoomEntry): RoomEntry {
  const before = calls(entry);
  const left = before.filter((c) => c.seq > entry.read.seq);
  return left.length === before.length ? entry : withMentioned(entry, left);
}
