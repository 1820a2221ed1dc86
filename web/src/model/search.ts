/* What one finds, put together from what is known here and what the server answers. */
import type { Found, FoundPart, Room, Search, User } from "../protocol/generated";
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

const MARKS = /\*\*|~~|`+/g;
const BEGINNINGS = /(^|\n)[ \t]*(?:>|[-*+]|\d{1,3}[.)])[ \t]+/g;
const SLANTED = /(?<![\p{L}\p{N}])_([^_\n]+)_(?![\p{L}\p{N}])/gu;

/** A piece of a message as one reads it: without the signs that Markdown would have taken for itself. */
export function readable(parts: readonly FoundPart[]): readonly FoundPart[] {
  return parts.map((part, i) => ({
    ...part,
    text: part.text
      .replace(BEGINNINGS, (whole, before: string) => (before !== "" || i === 0 ? before : whole))
      .replace(SLANTED, "$1")
      .replace(MARKS, ""),
  }));
}

/** What follows the text in the box when an operator is picked from the help: the last, unfinished word stays before it. */
export function withOperator(q: string, operator: string): string {
  const before = q.trimEnd();
  return before === "" ? operator : `${before} ${operator}`;
}

/** What is being written at the end of the box: a name that an operator wants. */
export interface Naming {
  readonly operator: "from" | "in";
  readonly name: string;
}

const NAMING = /(?<=(?:^|\s)-?)(from|in):[@#]?(?:"([^"]*)|([^\s"]*))$/;

export function namingIn(q: string): Naming | undefined {
  const found = NAMING.exec(q);
  if (!found) return undefined;
  return { operator: found[1] as Naming["operator"], name: found[2] ?? found[3] ?? "" };
}

/** The text with this name in the place of what was begun. */
export function withName(q: string, name: string): string {
  return q.replace(NAMING, (_, operator: string) => `${operator}:${/\s/.test(name) ? `"${name}"` : name} `);
}

/** What can be asked for already: an operator without its name waits for it. */
export function askable(q: string): string {
  const naming = namingIn(q);
  return (naming?.name === "" ? q.replace(/-?\S+$/, "") : q).trimStart();
}
