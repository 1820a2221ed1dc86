/* Messages beyond the read marker that were deleted for everybody: they are unread no more. Which they are is derived from the
 * lines and the marker, as what calls one is (mentions.ts), so that no mark stays behind for what nobody can read. */
import type { RoomEntry } from "../protocol/generated";

/** The server tells no more per room. */
export const GONE_MOST = 100;

function withGone(entry: RoomEntry, seqs: readonly number[]): RoomEntry {
  const { gone, ...rest } = entry;
  return seqs.length > 0 ? { ...rest, gone: seqs.slice(-GONE_MOST) } : rest;
}

/** Once deleted, a message stays so. */
export function setGone(entry: RoomEntry, seq: number): RoomEntry {
  const before = entry.gone ?? [];
  if (seq <= entry.read.seq || before.includes(seq)) return entry;
  return withGone(
    entry,
    [...before, seq].sort((a, b) => a - b),
  );
}

export function forgetGone(entry: RoomEntry): RoomEntry {
  return entry.gone
    ? withGone(
        entry,
        entry.gone.filter((seq) => seq > entry.read.seq),
      )
    : entry;
}
