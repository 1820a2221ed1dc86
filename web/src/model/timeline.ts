/* The known parts of a room's timeline.
 *
 * A room may hold hundreds of thousands of lines; the client knows some stretches of them. A segment is one such stretch:
 * every line whose seq lies in [from, to] is in it. `seq` also counts edits and deletions, so numbers may be missing
 * between two neighbours while nothing is: only [from, to] says what is covered. Segments are sorted and don't touch; a
 * page that overlaps or adjoins some of them makes one of them.
 *
 * A page is read at the server's `head`, which may be behind or ahead of what came in live:
 *   behind: frames applied here are newer than the page. `recent` keeps the last of them; they are applied to it again.
 *   ahead:  frames that are still to come are in the page already. `ahead` remembers up to where, per message, so that
 *           an old text does not come back when they do. */
import type {
  DeleteFrame,
  EditFrame,
  HiddenFrame,
  Message,
  Page,
  PinFrame,
  ReactionFrame,
  RemovedFrame,
  StarFrame,
  Whisper,
  WhisperFrame,
} from "../protocol/generated";
import { mergeWhispers } from "./whispers";

export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly messages: readonly Message[];
}

/** What happens to a line that stands already, numbered by the room. */
export type Change = EditFrame | DeleteFrame | ReactionFrame | PinFrame;
/** What the reader does to it for themselves, numbered by their own sequence. */
export type OwnChange = StarFrame | HiddenFrame | RemovedFrame;

export interface Timeline {
  readonly segments: readonly Segment[];
  /** Messages that are answered somewhere here and stand outside. */
  readonly quoted: ReadonlyMap<number, Message>;
  readonly recent: readonly (Change | Message)[];
  /** The same for what one did oneself: a page says by its `useq` what of it is in it. */
  readonly recentOwn: readonly OwnChange[];
  readonly ahead: ReadonlyMap<number, number>;
  /** One's own whispers in the known stretches, by id; `whispers.ts`. */
  readonly whispers: ReadonlyMap<string, Whisper>;
  readonly recentWhispers: readonly WhisperFrame[];
}

export interface PageAsk {
  readonly before?: number;
  readonly after?: number;
  readonly around?: number;
  /** With `before` or `after`: a whisper at that place. */
  readonly whisper?: string;
}

type Changer = (message: Message, frame: Change) => Message;
type OwnChanger = (message: Message, frame: OwnChange) => Message;

/** Frames kept to be applied to pages that were read before them: more than can arrive while one page is on its way. */
const RECENT = 500;

export const EMPTY_TIMELINE: Timeline = {
  segments: [],
  quoted: new Map(),
  recent: [],
  recentOwn: [],
  ahead: new Map(),
  whispers: new Map(),
  recentWhispers: [],
};

/** A new line at the room's head. It joins the last segment only if that one reaches the head. */
export function pushMessage(timeline: Timeline, message: Message): Timeline {
  const recent = remember(timeline.recent, message);
  const last = timeline.segments.at(-1);
  if (!last || last.to >= message.seq) return { ...timeline, recent }; // nothing known here, or a page brought it
  if (last.to !== message.seq - 1) return { ...timeline, recent };
  const grown = { from: last.from, to: message.seq, messages: [...last.messages, message] };
  return { ...timeline, recent, segments: [...timeline.segments.slice(0, -1), grown] };
}

/** An edit or a deletion: a place in the sequence of its own, and a new face for its target wherever that is known. */
export function changeMessage(timeline: Timeline, frame: Change, change: Changer): Timeline {
  const recent = remember(timeline.recent, frame);
  const stale = (timeline.ahead.get(frame.target) ?? 0) >= frame.seq;
  let segments = timeline.segments;
  if (!stale) {
    segments = segments.map((segment) => {
      const at = indexOf(segment.messages, frame.target);
      const found = segment.messages[at];
      if (found?.seq !== frame.target) return segment;
      return { ...segment, messages: segment.messages.with(at, change(found, frame)) };
    });
  }
  const last = segments.at(-1);
  if (last?.to === frame.seq - 1) segments = [...segments.slice(0, -1), { ...last, to: frame.seq }];
  let { quoted } = timeline;
  const quote = quoted.get(frame.target);
  if (quote && !stale) quoted = new Map(quoted).set(frame.target, change(quote, frame));
  return { ...timeline, recent, segments, quoted };
}

/** A star, or a line deleted for oneself: no place in the room's sequence, only a new face. */
export function changeOwn(timeline: Timeline, frame: OwnChange, change: OwnChanger): Timeline {
  const segments = timeline.segments.map((segment) => {
    if (frame.seq < segment.from || frame.seq > segment.to) return segment;
    const at = indexOf(segment.messages, frame.seq);
    const found = segment.messages[at];
    if (found?.seq !== frame.seq) return segment;
    return { ...segment, messages: segment.messages.with(at, change(found, frame)) };
  });
  const quote = timeline.quoted.get(frame.seq);
  const quoted = quote ? new Map(timeline.quoted).set(frame.seq, change(quote, frame)) : timeline.quoted;
  return { ...timeline, segments, quoted, recentOwn: remember(timeline.recentOwn, frame) };
}

/** Everything that a page covers, given what was asked. */
function coverage(page: Page, ask: PageAsk): { from: number; to: number } {
  const first = page.messages[0];
  const last = page.messages.at(-1);
  // A page may begin or end among whispers: all lines from behind the first one's place, or up to the last one's, are in it.
  const behind = (page.whispers?.[0]?.place ?? Infinity) + 1;
  let from = page.has_before ? Math.min(first?.seq ?? Infinity, behind) : 0;
  let to = page.has_after ? Math.max(last?.seq ?? -1, page.whispers?.at(-1)?.place ?? -1) : page.head;
  // Asked from an edge, the page adjoins it, whatever edits stand in the numbers between.
  if (ask.before !== undefined) {
    const edge = ask.whisper === undefined ? ask.before - 1 : ask.before;
    to = Math.min(Math.max(to, edge), Math.max(page.head, edge));
  }
  if (ask.after !== undefined) from = Math.min(from, ask.after + 1);
  return { from, to };
}

export function mergePage(
  timeline: Timeline,
  page: Page,
  ask: PageAsk,
  head: number,
  change: Changer,
  changeOwn: OwnChanger,
): Timeline {
  const span = coverage(page, ask);
  // Another page, read later, may have come before this one: then what it brought stays.
  const isNewer = (seq: number): boolean => (timeline.ahead.get(seq) ?? 0) > page.head;
  const newest = (m: Message): Message => (isNewer(m.seq) ? (findMessage(timeline, m.seq) ?? m) : m);
  let messages = page.messages.map(newest);
  const quoted = new Map(timeline.quoted);
  for (const q of page.quoted) quoted.set(q.seq, newest(q));

  for (const event of timeline.recent) {
    if (event.seq <= page.head) continue;
    if ("type" in event) {
      if (!isNewer(event.target)) {
        messages = messages.map((m) => (m.seq === event.target ? change(m, event) : m));
      }
      const quote = quoted.get(event.target);
      if (quote && !isNewer(event.target)) quoted.set(event.target, change(quote, event));
      if (span.to === event.seq - 1) span.to = event.seq;
    } else if (span.to === event.seq - 1) {
      messages.push(newest(event));
      span.to = event.seq;
    }
  }
  for (const own of timeline.recentOwn) {
    if (own.useq <= page.useq) continue;
    messages = messages.map((m) => (m.seq === own.seq ? changeOwn(m, own) : m));
    const quote = quoted.get(own.seq);
    if (quote) quoted.set(own.seq, changeOwn(quote, own));
  }

  let { ahead } = timeline;
  if (page.head > head) {
    const next = new Map([...ahead].filter(([, upTo]) => upTo > head));
    for (const m of [...page.messages, ...page.quoted])
      next.set(m.seq, Math.max(page.head, next.get(m.seq) ?? 0));
    ahead = next;
  }
  const whispers = mergeWhispers(timeline, page, span, span.to >= head);
  return { ...timeline, quoted, ahead, whispers, segments: insert(timeline.segments, { ...span, messages }) };
}

function insert(segments: readonly Segment[], page: Segment): readonly Segment[] {
  if (page.to < page.from) return segments;
  const before = segments.filter((s) => s.to < page.from - 1);
  const after = segments.filter((s) => s.from > page.to + 1);
  const touching = segments.filter((s) => s.to >= page.from - 1 && s.from <= page.to + 1);
  const merged = touching.reduce(join, page);
  return [...before, merged, ...after];
}

/** Two that overlap or adjoin. Where both know a line, the page's is kept: `recent` has just made it the newer one. */
function join(page: Segment, other: Segment): Segment {
  const below = other.messages.filter((m) => m.seq < page.from);
  const above = other.messages.filter((m) => m.seq > page.to);
  return {
    from: Math.min(page.from, other.from),
    to: Math.max(page.to, other.to),
    messages: [...below, ...page.messages, ...above],
  };
}

/** The segment that covers `seq`. */
export function segmentAt(timeline: Timeline, seq: number): Segment | undefined {
  return timeline.segments.find((s) => s.from <= seq && seq <= s.to);
}

/** The segment that reaches the room's head: what is live. */
export function tail(timeline: Timeline, head: number): Segment | undefined {
  const last = timeline.segments.at(-1);
  return last && last.to >= head ? last : undefined;
}

/** Index of the line with this seq, or of the first one after it. */
export function indexOf(messages: readonly Message[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (messages[middle]!.seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findMessage(timeline: Timeline, seq: number): Message | undefined {
  const segment = segmentAt(timeline, seq);
  const found = segment?.messages[indexOf(segment.messages, seq)];
  return found?.seq === seq ? found : timeline.quoted.get(seq);
}

/** Forget what is far from where one looks: other segments, and beyond `keep` lines on either side. */
export function evict(timeline: Timeline, around: number, keep: number): Timeline {
  const total = timeline.segments.reduce((n, s) => n + s.messages.length, 0);
  if (total <= keep * 3) return timeline;
  const segment = segmentAt(timeline, around);
  if (!segment) return timeline;
  const at = indexOf(segment.messages, around);
  const start = Math.max(0, at - keep);
  const end = Math.min(segment.messages.length, at + keep);
  const messages = segment.messages.slice(start, end);
  if (messages.length === 0) return timeline;
  const kept: Segment = {
    from: start === 0 ? segment.from : messages[0]!.seq,
    to: end === segment.messages.length ? segment.to : messages.at(-1)!.seq,
    messages,
  };
  return { ...timeline, segments: [kept], quoted: new Map() };
}

function remember<T>(recent: readonly T[], event: T): readonly T[] {
  return recent.length < RECENT ? [...recent, event] : [...recent.slice(-RECENT / 2), event];
}
