/* What calls one by name: which unread lines of a room do. Derived from the lines and the read marker, never counted up or
 * down, so that it is on every device what the server says. */
import type { Mention, RoomEntry } from "../protocol/generated";

/** The server tells no more per room, for nobody counts further. */
export const MENTIONED_MOST = 100;

/** The names that call all members of a room. */
export const CALL_ALL = ["here", "everyone"] as const;

export function mentionedIn(entry: RoomEntry): readonly number[] {
  return entry.mentioned ?? [];
}

/** Among those called, oneself: by name, or as one of all members. */
export function callsMe(mentions: readonly Mention[] | undefined, me: string): boolean {
  return mentions?.some((m) => m.user === undefined || m.user === me) === true;
}

function withMentioned(entry: RoomEntry, seqs: readonly number[]): RoomEntry {
  const { mentioned, ...rest } = entry;
  return seqs.length > 0 ? { ...rest, mentioned: seqs.slice(-MENTIONED_MOST) } : rest;
}

/** Whether the line at `seq` calls one is known anew. */
export function setCalled(entry: RoomEntry, seq: number, called: boolean): RoomEntry {
  const before = mentionedIn(entry);
  const counts = called && seq > entry.read.seq;
  if (before.includes(seq) === counts) return entry;
  const others = before.filter((s) => s !== seq);
  return withMentioned(entry, counts ? [...others, seq].sort((a, b) => a - b) : others);
}

/** What is read calls no more. */
export function forgetRead(entry: RoomEntry): RoomEntry {
  const before = mentionedIn(entry);
  const left = before.filter((s) => s > entry.read.seq);
  return left.length === before.length ? entry : withMentioned(entry, left);
}
