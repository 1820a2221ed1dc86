/* Messages on their way: kept on the device before they are sent, in order within a room, until the room has them. */
import {
  changes,
  isPassing,
  isSettled,
  nextToSend,
  replaceItem,
  settleBy,
  withoutItem,
  type OutboxItem,
} from "../model/outbox";
import { ApiError, codeOf } from "../protocol/problem";
import type { ClientCommand, Message, Whisper } from "../protocol/generated";
import type { Ground } from "./ground";

const RETRY_MS = 4_000;
/** What was to be changed is not there any more. */
const GONE: ReadonlySet<string> = new Set(["not_found", "message_deleted"]);

function commandOf(item: OutboxItem): ClientCommand {
  const { room, client_id, text, kind, to, edits, reply_to } = item;
  if (edits !== undefined)
    return to === undefined
      ? { type: "edit", room, message: edits, text }
      : { type: "whisper_edit", room, whisper: edits, text };
  const said = { room, client_id, text, kind };
  return to === undefined
    ? { type: "send", ...said, ...(reply_to === undefined ? {} : { reply_to }) }
    : { type: "whisper", ...said, to };
}

export class Sending {
  items = $state.raw<readonly OutboxItem[]>([]);

  readonly #ground: Ground;
  /** Rooms that something is under way to, and what. */
  readonly #busy = new Map<string, string>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** What was written before this page was opened goes too. */
  async start(): Promise<void> {
    const { parts, me } = this.#ground;
    const kept = (await parts.drawer.all()).filter((i) => i.user === me.id);
    const known = new Set(this.items.map((i) => i.client_id));
    this.items = [...kept.filter((i) => !known.has(i.client_id)), ...this.items].sort((a, b) => a.at - b.at);
    this.#pump();
  }

  /** Forget what was never sent: whoever signs out was asked. */
  async discardAll(): Promise<void> {
    const items = this.items;
    this.items = [];
    await Promise.all(items.map((i) => this.#ground.parts.drawer.remove(i.client_id)));
  }

  onLive(): void {
    this.#busy.clear();
    this.#pump();
  }

  /** The message has come; its echo goes when the room's lines have it. */
  onMessage(message: Message): void {
    this.items = settleBy(this.items, message, this.#ground.me.id);
  }

  /** Let go of what the state has. */
  settle(): void {
    const { items } = this;
    const again = (item: OutboxItem, n: number): boolean =>
      item.edits !== undefined && items.findIndex((i) => i.edits === item.edits) < n;
    this.#set(items.filter((item, n) => again(item, n) || !isSettled(item, this.#ground.client)));
  }

  /** The same for a whisper: messages and whispers are counted apart, but these ids never meet. */
  onWhisper(whisper: Whisper): void {
    if (whisper.author === this.#ground.me.id) this.#set(withoutItem(this.items, whisper.client_id));
  }

  send(room: string, text: string, replyTo?: number, to?: string): void {
    const { parts, me } = this.#ground;
    const action = /^\/me\s+(\S[\s\S]*)$/.exec(text);
    const item: OutboxItem = {
      client_id: parts.newId(),
      user: me.id,
      room,
      text: action ? action[1]! : text,
      kind: action ? "action" : "text",
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      ...(to === undefined ? {} : { to }),
      at: parts.clock.now(),
      state: "pending",
    };
    this.#add(item);
  }

  /** A new text for what one said. It takes the place of one that has not gone yet. */
  change(said: Message | Whisper, text: string): void {
    const { parts, me } = this.#ground;
    const before = this.items.filter((i) => changes(i, said));
    const under = before.find((i) => this.#busy.get(i.room) === i.client_id);
    for (const item of before) if (item !== under) this.discard(item);
    if (text === (under ?? said).text) return;
    this.#add({
      client_id: parts.newId(),
      user: me.id,
      room: said.room,
      text,
      kind: "text",
      ...("to" in said ? { to: said.to } : {}),
      edits: said.id,
      at: parts.clock.now(),
      state: "pending",
    });
  }

  #add(item: OutboxItem): void {
    this.items = [...this.items, item];
    // Kept before it is sent: a message must survive whatever happens from here on.
    void this.#ground.parts.drawer.put(item.client_id, item);
    this.#pump();
  }

  retry(item: OutboxItem): void {
    const again: OutboxItem = { ...item, state: "pending" };
    this.items = replaceItem(this.items, again);
    void this.#ground.parts.drawer.put(again.client_id, again);
    this.#pump();
  }

  discard(item: OutboxItem): void {
    this.#set(withoutItem(this.items, item.client_id));
  }

  #set(items: readonly OutboxItem[]): void {
    if (items.length === this.items.length) return;
    const kept = new Set(items.map((i) => i.client_id));
    for (const item of this.items) {
      if (!kept.has(item.client_id)) void this.#ground.parts.drawer.remove(item.client_id);
    }
    this.items = items;
  }

  #pump(): void {
    if (this.#ground.link !== "live") return;
    for (const item of nextToSend(this.items, this.#busy.keys())) void this.#send(item);
  }

  async #send(item: OutboxItem): Promise<void> {
    const { parts } = this.#ground;
    this.#busy.set(item.room, item.client_id);
    try {
      const message = (await this.#ground.request(commandOf(item))) as Message;
      this.#busy.delete(item.room);
      if (item.to !== undefined || item.edits !== undefined) {
        // Its frame came before the answer.
        this.#ground.flush();
        this.#set(withoutItem(this.items, item.client_id));
        this.#pump();
        return;
      }
      this.items = replaceItem(this.items, { ...item, state: "sent", seq: message.seq });
      void parts.drawer.remove(item.client_id);
      this.settle();
      this.#pump();
    } catch (error) {
      this.#onRefused(item, error);
    }
  }

  #onRefused(item: OutboxItem, error: unknown): void {
    const { parts } = this.#ground;
    const code = codeOf(error);
    if (code === "network") {
      this.#busy.delete(item.room);
      return; // goes again when the connection is live
    }
    if (isPassing(code)) {
      const pause = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1_000 : RETRY_MS;
      parts.clock.after(pause, () => {
        this.#busy.delete(item.room);
        this.#pump();
      });
      return;
    }
    this.#busy.delete(item.room);
    if (item.edits !== undefined && GONE.has(code)) {
      this.discard(item);
      this.#pump();
      return;
    }
    const failed: OutboxItem = { ...item, state: "failed", failure: code };
    this.items = replaceItem(this.items, failed);
    void parts.drawer.put(failed.client_id, failed);
    this.#pump();
  }
}
