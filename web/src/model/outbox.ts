/* What one has written and the server has not yet acknowledged. Kept in order, per room; each item keeps its `client_id`
 * for ever, so sending it again after any accident returns the first result and never writes it twice. */
import type { FailCode, Message, Whisper } from "../protocol/generated";
import type { ClientState, RoomState } from "./client";

export interface OutboxItem {
  readonly client_id: string;
  /** Whose it is: another account on the same browser must not send it. */
  readonly user: string;
  readonly room: string;
  readonly text: string;
  readonly kind: "text" | "action";
  readonly reply_to?: number;
  /** A whisper, to this person alone. */
  readonly to?: string;
  /** The new text of this message, or of this whisper. */
  readonly edits?: string;
  readonly at: number;
  readonly state: "pending" | "sent" | "failed";
  /** Known once it is acknowledged: shown until the room's own frames have come this far. */
  readonly seq?: number;
  readonly failure?: FailCode | "unknown";
}

/** Failures that pass by themselves: the same message is sent again later. */
const PASSING: ReadonlySet<string> = new Set([
  "rate_limited",
  "internal",
  "unavailable",
  "disk_full",
  "signed_out",
]);

export function isPassing(code: string): boolean {
  return PASSING.has(code);
}

/** The next one to send in each room that has none under way. */
export function nextToSend(items: readonly OutboxItem[], busyRooms: Iterable<string>): OutboxItem[] {
  const seen = new Set(busyRooms);
  const next: OutboxItem[] = [];
  for (const item of items) {
    if (item.state !== "pending" || seen.has(item.room)) continue;
    seen.add(item.room);
    next.push(item);
  }
  return next;
}

export function replaceItem(items: readonly OutboxItem[], item: OutboxItem): readonly OutboxItem[] {
  return items.map((i) => (i.client_id === item.client_id ? item : i));
}

export function withoutItem(items: readonly OutboxItem[], clientId: string): readonly OutboxItem[] {
  return items.filter((i) => i.client_id !== clientId);
}

/** Is this the new text of that? Messages and whispers are numbered apart. */
export function changes(item: OutboxItem, said: Message | Whisper): boolean {
  return item.edits === said.id && (item.to !== undefined) === "to" in said;
}

/** What stands there says it already, or can't say it any more. */
function isChanged(item: OutboxItem, { timeline }: RoomState): boolean {
  const said =
    item.to !== undefined
      ? timeline.whispers.get(item.edits!)
      : timeline.segments.flatMap((s) => s.messages).find((m) => changes(item, m));
  return said !== undefined && (said.text === item.text || said.deleted_at !== undefined);
}

/** Is this item in the room's own frames by now, so that its echo has served? */
export function isSettled(item: OutboxItem, state: ClientState): boolean {
  if (item.edits !== undefined) {
    const room = state.rooms.get(item.room);
    return room !== undefined && isChanged(item, room);
  }
  if (item.state !== "sent" || item.seq === undefined) return false;
  const room = state.rooms.get(item.room);
  return !room || room.entry.room.head >= item.seq;
}

/** Own messages that came in by frames settle their items even when the reply was lost on the way. */
export function settleBy(items: readonly OutboxItem[], message: Message, me: string): readonly OutboxItem[] {
  if (message.author !== me || message.client_id === undefined) return items;
  const id = message.client_id;
  return items.some((i) => i.client_id === id) ? withoutItem(items, id) : items;
}

export function roomItems(items: readonly OutboxItem[], room: string): OutboxItem[] {
  return items.filter((i) => i.room === room);
}
