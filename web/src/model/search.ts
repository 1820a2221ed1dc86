/* What one finds, put together from what is known here and what the server answers. */
import type { Found, Room, Search, User } from "../protocol/generated";
import type { RoomState } from "./client";

export interface Hits {
  /** Conversations that one is in. */
  readonly rooms: readonly RoomState[];
  /** People whom one has no conversation with among them. */
  readonly people: readonly User[];
  /** Open rooms that one is not in. */
  readonly open: readonly Room[];
  readonly messages: readonly Found[];
}

/** `named`: one's own conversations that bear the name, found without asking anybody. The server bears slips of the fingers, and
 * knows others. Each stands in one place alone. */
export function together(
  named: readonly RoomState[],
  answer: Search | undefined,
  roomOf: (id: string) => RoomState | undefined,
  me: string,
): Hits {
  const rooms = [...named];
  const shown = new Set(rooms.map((r) => r.entry.room.id));
  const open: Room[] = [];
  for (const { room } of answer?.rooms ?? []) {
    const own = roomOf(room.id);
    if (!own) open.push(room);
    else if (!shown.has(room.id)) rooms.push(own);
    shown.add(room.id);
  }
  const peers = new Set(rooms.map((r) => r.entry.peer?.id));
  const people = (answer?.people ?? []).filter((u) => u.id !== me && !peers.has(u.id));
  return { rooms, people, open, messages: answer?.messages ?? [] };
}

/** A page more: what came twice, because something was deleted in between, stands once. */
export function further(before: Search, page: Search): Search {
  const known = new Set(before.messages.map((m) => m.id));
  const { next: _, ...rest } = before;
  return {
    ...rest,
    messages: [...before.messages, ...page.messages.filter((m) => !known.has(m.id))],
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** What follows the text in the box when an operator is picked from the help: the last, unfinished word stays before it. */
export function withOperator(q: string, operator: string): string {
  const before = q.trimEnd();
  return before === "" ? operator : `${before} ${operator}`;
}
