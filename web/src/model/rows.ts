/* From messages to what stands on the screen: day lines, the "new" line, groups by author. Pure, so that it can be tested
 * without a screen; rows that did not change keep their identity, so that nothing is drawn twice. */
import type { Message, Whisper } from "../protocol/generated";
import type { OutboxItem } from "./outbox";

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "notice"; readonly key: string; readonly message: Message }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: Message;
      readonly own: boolean;
      /** First and last of a group of one author's lines. */
      readonly first: boolean;
      readonly last: boolean;
      /** Who has read up to here and no further. */
      readonly seenBy: string;
      /** One's own, and at least one other has read it. */
      readonly seen: boolean;
    }
  | { readonly kind: "whisper"; readonly key: string; readonly whisper: Whisper; readonly own: boolean }
  | {
      readonly kind: "pending";
      readonly key: string;
      readonly item: OutboxItem;
      readonly first: boolean;
      readonly last: boolean;
    };

/** Lines of one author within this time stand together. */
const GROUP_MS = 5 * 60_000;

export interface RowsInput {
  readonly messages: readonly Message[];
  /** The line before the first of `messages`, if it is known: it decides whether a day or a group begins. */
  readonly before?: Message | undefined;
  /** One's own, in order: each stands after the line of its place. */
  readonly whispers?: readonly Whisper[];
  readonly pending: readonly OutboxItem[];
  readonly me: string;
  /** The first unread line stands after this seq; undefined shows no "new" line. */
  readonly newAfter?: number | undefined;
  /** Seq of the newest line each other member has read. */
  readonly seen: ReadonlyMap<string, number>;
  /** Whose reading is not shown. */
  readonly unseen?: ReadonlySet<string> | undefined;
  /** The local day of a time, as something to compare. */
  readonly dayOf: (at: number) => string;
}

export function messageKey(message: Message, me: string): string {
  return message.author === me && message.client_id !== undefined
    ? `c-${message.client_id}`
    : `m-${message.id}`;
}

export function buildRows(input: RowsInput): Row[] {
  const { pending, me, newAfter, dayOf } = input;
  const messages = input.messages.filter((m) => m.hidden !== true);
  const rows: Row[] = [];
  const seen = [...input.seen].filter(([user]) => user !== me && !input.unseen?.has(user));
  const seenAt = placeSeen(messages, seen);
  const seenTo = seen.reduce((most, [, seq]) => Math.max(most, seq), -1);
  let previous = input.before;
  let day = previous ? dayOf(previous.at) : "";
  let newShown = false;
  const whispers = [...(input.whispers ?? [])];
  const startDay = (at: number, id: string): boolean => {
    const today = dayOf(at);
    if (today === day) return false;
    rows.push({ kind: "day", key: `d-${today}-${id}`, at });
    day = today;
    return true;
  };
  /** Those that stand before the line `seq`. */
  const whisperUpTo = (seq: number): boolean => {
    const here = whispers.splice(0, whispers.findIndex((w) => w.place >= seq) >>> 0);
    for (const whisper of here) {
      const own = whisper.author === me;
      startDay(whisper.at, whisper.id);
      rows.push({
        kind: "whisper",
        key: own ? `c-${whisper.client_id}` : `w-${whisper.id}`,
        whisper,
        own,
      });
    }
    return here.length > 0;
  };
  for (const [i, message] of messages.entries()) {
    let broken = whisperUpTo(message.seq);
    if (startDay(message.at, message.id)) broken = true;
    if (newAfter !== undefined && !newShown && message.seq > newAfter) {
      if (message.author !== me && message.kind !== "notice") {
        rows.push({ kind: "new", key: "new" });
        newShown = true;
        broken = true;
      }
    }
    if (message.kind === "notice") {
      rows.push({ kind: "notice", key: messageKey(message, me), message });
    } else {
      const first = broken || !grouped(previous, message);
      const following = messages[i + 1];
      const last =
        !following ||
        !grouped(message, following) ||
        dayOf(following.at) !== day ||
        (whispers[0]?.place ?? Infinity) < following.seq;
      rows.push({
        kind: "message",
        key: messageKey(message, me),
        message,
        own: message.author === me,
        first,
        last,
        seenBy: seenAt.get(message.seq)?.join(" ") ?? "",
        seen: message.author === me && message.seq <= seenTo,
      });
    }
    previous = message;
  }
  if (whisperUpTo(Infinity)) previous = undefined;
  for (const [i, item] of pending.entries()) {
    const first =
      i === 0 && !(previous?.author === me && previous.kind === "text" && item.at - previous.at < GROUP_MS);
    const beforeIt = rows.at(-1);
    if (!first && beforeIt?.kind === "message" && beforeIt.last)
      rows[rows.length - 1] = { ...beforeIt, last: false };
    rows.push({ kind: "pending", key: `c-${item.client_id}`, item, first, last: i === pending.length - 1 });
  }
  return rows;
}

function grouped(a: Message | undefined, b: Message): boolean {
  return (
    a !== undefined &&
    a.kind === "text" &&
    b.kind === "text" &&
    a.author === b.author &&
    Math.abs(b.at - a.at) < GROUP_MS
  );
}

/** Each reader stands at the last line that they have read. */
function placeSeen(
  messages: readonly Message[],
  seen: readonly (readonly [string, number])[],
): Map<number, string[]> {
  const places = new Map<number, string[]>();
  const first = messages[0];
  if (!first) return places;
  for (const [user, seq] of seen) {
    if (seq < first.seq) continue;
    for (let i = messages.length - 1; i >= 0; i--) {
      const m = messages[i]!;
      if (m.seq > seq || m.kind === "notice") continue;
      if (m.author !== user) places.set(m.seq, [...(places.get(m.seq) ?? []), user]);
      break;
    }
  }
  return places;
}

/** The same rows with the objects of before wherever nothing changed. */
export function reuseRows(before: readonly Row[], after: Row[]): Row[] {
  const known = new Map(before.map((r) => [r.key, r]));
  return after.map((row) => {
    const old = known.get(row.key);
    return old && sameRow(old, row) ? old : row;
  });
}

function sameRow(a: Row, b: Row): boolean {
  const left = a as unknown as Record<string, unknown>;
  const right = b as unknown as Record<string, unknown>;
  return Object.keys(right).every((k) => left[k] === right[k]);
}
