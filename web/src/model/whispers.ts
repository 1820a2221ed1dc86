/* Whispers: what one member of a room says to another. They have no number in the room but a place: after the line `place`
 * and before the next; of several at one place the earlier one comes first, and its id is smaller (ids are of one length).
 *
 * A room's known whispers stand in one map beside its segments. What a segment covers, it covers with them, but at its
 * edges: of those before its first line (place `from` - 1) and of those at its last (place `to`) only some may be known, and
 * the next page is asked for from there on. */
import type { RoomEntry, Whisper, WhisperFrame } from "../protocol/generated";
import type { PageAsk, Segment, Timeline } from "./timeline";

export function inOrder(a: Whisper, b: Whisper): number {
  return a.place - b.place || a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** New, or a known one as it stands now. One that is neither is in a stretch that is not known. */
export function putWhisper(timeline: Timeline, frame: WhisperFrame): Timeline {
  const { whisper } = frame;
  const tail = timeline.segments.at(-1);
  const covered = timeline.whispers.has(whisper.id) || (tail !== undefined && whisper.place >= tail.from);
  const recentWhispers = [...timeline.recentWhispers.slice(-RECENT), frame];
  const whispers = covered ? new Map(timeline.whispers).set(whisper.id, whisper) : timeline.whispers;
  return { ...timeline, whispers, recentWhispers };
}

/** More than can come while one page is on its way. */
const RECENT = 100;

/** What a page brings, and what came since it was read. */
export function mergeWhispers(
  timeline: Timeline,
  page: { readonly useq: number; readonly whispers?: readonly Whisper[] },
  span: { readonly from: number; readonly to: number },
  reachesHead: boolean,
): ReadonlyMap<string, Whisper> {
  const since = timeline.recentWhispers.filter((f) => f.useq > page.useq);
  if (!page.whispers && since.length === 0) return timeline.whispers;
  const whispers = new Map(timeline.whispers);
  for (const w of page.whispers ?? []) whispers.set(w.id, w);
  for (const { whisper } of since) {
    const covered = whisper.place >= span.from && (reachesHead || whisper.place < span.to);
    if (covered || whispers.has(whisper.id)) whispers.set(whisper.id, whisper);
  }
  return whispers;
}

/** Those of a segment, or of the part of it between two lines. */
export function whispersIn(
  timeline: Timeline,
  segment: Segment,
  start = segment.from,
  end = Infinity,
): readonly Whisper[] {
  if (timeline.whispers.size === 0) return NONE;
  const first = segment.messages[0];
  const least = !first || start <= first.seq ? segment.from - 1 : start;
  return [...timeline.whispers.values()].filter((w) => w.place >= least && w.place <= end).sort(inOrder);
}

const NONE: readonly Whisper[] = [];

/** How to ask for what stands before or after all that is known of a segment. */
export function askFrom(timeline: Timeline, segment: Segment, edge: "up" | "down"): PageAsk {
  const place = edge === "up" ? segment.from - 1 : segment.to;
  const ids = [...timeline.whispers.values()].filter((w) => w.place === place).map((w) => w.id);
  ids.sort();
  const whisper = edge === "up" ? ids[0] : ids.at(-1);
  if (whisper !== undefined) return { [edge === "up" ? "before" : "after"]: place, whisper };
  return edge === "up" ? { before: segment.from } : { after: segment.to };
}

export function enterWhisper(entry: RoomEntry, frame: WhisperFrame, me: string): RoomEntry {
  const { whisper } = frame;
  const before = entry.whispers ?? { count: 0, read: 0, last: whisper, with: frame.with };
  const newer = inOrder(whisper, before.last) >= 0;
  return {
    ...entry,
    whispers: {
      count: whisper.to === me ? Math.max(before.count, whisper.ordinal) : before.count,
      read: before.read,
      last: newer ? whisper : before.last,
      with: newer ? frame.with : before.with,
    },
  };
}

export function readWhispers(entry: RoomEntry, read: number): RoomEntry {
  const { whispers } = entry;
  if (!whispers || read <= whispers.read) return entry;
  return { ...entry, whispers: { ...whispers, read } };
}

export function unreadWhispers(entry: RoomEntry): number {
  return entry.whispers ? Math.max(0, entry.whispers.count - entry.whispers.read) : 0;
}
