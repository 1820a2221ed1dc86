/* The conversations of whoever is signed in: holds the model's state, feeds it, and does what is asked of it.
 *
 * Frames wait in a queue and are applied together, once per animation frame, in the order they came; a burst costs one
 * drawing. Whoever needs the newest state at once (cursors for a new connection, a page to merge) flushes first. */
import type { Drawer } from "../local/keep";
import type { Notes } from "../local/notes";
import * as model from "../model/client";
import {
  isPassing,
  isSettled,
  nextToSend,
  replaceItem,
  settleBy,
  withoutItem,
  type OutboxItem,
} from "../model/outbox";
import { sortRooms, totalUnread } from "../model/rooms";
import { react } from "../model/marks";
import { evict, findMessage, type PageAsk } from "../model/timeline";
import type { Clock } from "../net/clock";
import { Connection, type ConnectionState } from "../net/connection";
import type { Transport } from "../net/transport";
import type { Api, NewRoom } from "../protocol/api";
import type { Message, Reaction, RoomEntry, ServerFrame, User } from "../protocol/generated";
import { ApiError, codeOf } from "../protocol/problem";

export interface ChatParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly transports: readonly Transport[];
  readonly drawer: Drawer<OutboxItem>;
  readonly notes: Notes;
  /** Runs once at the next drawing, or soon if nothing is drawn. */
  readonly schedule: (run: () => void) => void;
  readonly newId: () => string;
  readonly onSignedOut: () => void;
}

export interface Arrival {
  readonly n: number;
  readonly user: User;
  readonly message: Message;
}

const READ_PAUSE_MS = 800;
const TYPING_MS = 4_000;
const RETRY_MS = 4_000;
const WATCH_PEERS = 120;
const WATCH_ALL = 200;
const KEEP_LINES = 1_000;

function touchKey(message: Message, emoji: string): string {
  return `${message.id} ${emoji}`;
}

export class Chat {
  client: model.ClientState = $state.raw() as model.ClientState;
  outbox = $state.raw<readonly OutboxItem[]>([]);
  link = $state<ConnectionState>("idle");
  /** The first snapshot has come. */
  loaded = $state(false);
  /** Lines that came live into the room that is open, for screen readers. */
  arrival = $state.raw<Arrival | undefined>();
  openRoom: string | undefined;
  /** Reactions that are on their way, as they will be: by message and emoji. */
  touched = $state.raw<ReadonlyMap<string, boolean>>(new Map());
  /** What the open conversation offers to the menus over it. */
  view: { reply(message: Message): void; edit(message: Message): void } | undefined;

  readonly rooms = $derived(sortRooms(this.client));
  readonly unread = $derived(totalUnread(this.client));

  readonly #parts: ChatParts;
  readonly #connection: Connection;
  #queue: ServerFrame[] = [];
  #scheduled = false;
  #stopped = false;
  readonly #busy = new Set<string>();
  readonly #reads = new Map<string, number>();
  #readTimer = false;
  readonly #typed = new Map<string, number>();
  #watched = "";
  #watchMore: readonly string[] = [];
  #active = true;
  #arrivals = 0;

  constructor(parts: ChatParts, me: User) {
    this.#parts = parts;
    this.client = model.emptyClient(me);
    this.#connection = new Connection(
      parts.clock,
      parts.transports,
      (command, connection) => parts.api.command(command, connection),
      {
        cursors: () => {
          this.flush();
          return this.client.epoch === "" ? {} : model.cursorsOf(this.client);
        },
        onFrame: (frame) => {
          this.#take(frame);
        },
        onState: (state) => {
          this.link = state;
          if (state === "live") this.#onLive();
          if (state === "waiting") this.#queue = this.#applied();
        },
        probe: async () => {
          try {
            await parts.api.session();
            return "ok";
          } catch (error) {
            return codeOf(error) === "signed_out" ? "signed_out" : "unreachable";
          }
        },
        onSignedOut: parts.onSignedOut,
      },
    );
  }

  get me(): User {
    return this.client.me;
  }

  async start(): Promise<void> {
    this.#connection.start();
    this.#sweepTyping();
    const kept = (await this.#parts.drawer.all()).filter((i) => i.user === this.me.id);
    const known = new Set(this.outbox.map((i) => i.client_id));
    this.outbox = [...kept.filter((i) => !known.has(i.client_id)), ...this.outbox].sort(
      (a, b) => a.at - b.at,
    );
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#connection.stop();
  }

  /** Forget what was never sent: whoever signs out was asked. */
  async discardAll(): Promise<void> {
    const items = this.outbox;
    this.outbox = [];
    await Promise.all(items.map((i) => this.#parts.drawer.remove(i.client_id)));
  }

  nudge(): void {
    this.#connection.nudge();
  }

  room(id: string): model.RoomState | undefined {
    return this.client.rooms.get(id);
  }

  nameOf(id: string): string | undefined {
    return this.client.users.get(id)?.display_name;
  }

  // ------------------------------------------------------------------------------------------------ frames

  #take(frame: ServerFrame): void {
    this.#queue.push(frame);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#parts.schedule(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** What is left of the queue after applying it: nothing. Frames of a dead connection are as good as any before it. */
  #applied(): ServerFrame[] {
    this.flush();
    return [];
  }

  flush(): void {
    if (this.#queue.length === 0 || this.#stopped) return;
    const frames = this.#queue;
    this.#queue = [];
    let state = this.client;
    let outbox = this.outbox;
    let lost = false;
    for (const frame of frames) {
      const verdict = model.judge(state, frame);
      if (verdict === "lost") {
        lost = true;
        break;
      }
      if (frame.type === "message")
        outbox = this.#onMessage(frame.message, frame.user, outbox, verdict === "next");
      if (verdict === "next") state = model.apply(state, frame, this.#parts.clock.now());
      if (frame.type === "ready") this.loaded = true;
    }
    const roomsChanged = state.rooms.size !== this.client.rooms.size;
    this.client = state;
    this.#setOutbox(outbox.filter((i) => !isSettled(i, state)));
    if (roomsChanged) this.#watch();
    if (lost) this.#connection.resume();
  }

  #onMessage(
    message: Message,
    user: User,
    outbox: readonly OutboxItem[],
    isNew: boolean,
  ): readonly OutboxItem[] {
    const isHeard = this.loaded && message.room === this.openRoom && message.hidden !== true;
    if (isNew && isHeard && message.author !== this.me.id) {
      this.arrival = { n: ++this.#arrivals, user, message };
    }
    return settleBy(outbox, message, this.me.id);
  }

  #onLive(): void {
    this.flush();
    this.#busy.clear();
    this.#watched = "";
    this.#watch();
    this.#connection.tell({ type: "active", active: this.#active });
    this.#sendReads();
    this.#pump();
  }

  // ------------------------------------------------------------------------------------------------ outbox

  send(room: string, text: string, replyTo?: number): void {
    const action = /^\/me\s+(\S[\s\S]*)$/.exec(text);
    const item: OutboxItem = {
      client_id: this.#parts.newId(),
      user: this.me.id,
      room,
      text: action ? action[1]! : text,
      kind: action ? "action" : "text",
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      at: this.#parts.clock.now(),
      state: "pending",
    };
    this.outbox = [...this.outbox, item];
    this.#typed.delete(room);
    // Kept before it is sent: a message must survive whatever happens from here on.
    void this.#parts.drawer.put(item.client_id, item);
    this.#pump();
  }

  retry(item: OutboxItem): void {
    const again: OutboxItem = { ...item, state: "pending" };
    this.outbox = replaceItem(this.outbox, again);
    void this.#parts.drawer.put(again.client_id, again);
    this.#pump();
  }

  discard(item: OutboxItem): void {
    this.#setOutbox(withoutItem(this.outbox, item.client_id));
  }

  #setOutbox(items: readonly OutboxItem[]): void {
    if (items.length === this.outbox.length) return;
    const kept = new Set(items.map((i) => i.client_id));
    for (const item of this.outbox) {
      if (!kept.has(item.client_id)) void this.#parts.drawer.remove(item.client_id);
    }
    this.outbox = items;
  }

  #pump(): void {
    if (this.link !== "live") return;
    for (const item of nextToSend(this.outbox, this.#busy)) void this.#send(item);
  }

  async #send(item: OutboxItem): Promise<void> {
    this.#busy.add(item.room);
    try {
      const message = (await this.#connection.request({
        type: "send",
        room: item.room,
        client_id: item.client_id,
        text: item.text,
        kind: item.kind,
        ...(item.reply_to === undefined ? {} : { reply_to: item.reply_to }),
      })) as Message;
      this.#busy.delete(item.room);
      const sent: OutboxItem = { ...item, state: "sent", seq: message.seq };
      const items = replaceItem(this.outbox, sent);
      this.outbox = items;
      void this.#parts.drawer.remove(item.client_id);
      this.#setOutbox(items.filter((i) => !isSettled(i, this.client)));
      this.#pump();
    } catch (error) {
      this.#onRefused(item, error);
    }
  }

  #onRefused(item: OutboxItem, error: unknown): void {
    const code = codeOf(error);
    if (code === "network") {
      this.#busy.delete(item.room);
      return; // goes again when the connection is live
    }
    if (isPassing(code)) {
      const pause = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1_000 : RETRY_MS;
      this.#parts.clock.after(pause, () => {
        this.#busy.delete(item.room);
        this.#pump();
      });
      return;
    }
    this.#busy.delete(item.room);
    const failed: OutboxItem = { ...item, state: "failed", failure: code };
    this.outbox = replaceItem(this.outbox, failed);
    void this.#parts.drawer.put(failed.client_id, failed);
    this.#pump();
  }

  // ------------------------------------------------------------------------------------------------ deeds

  async edit(message: Message, text: string): Promise<void> {
    await this.#connection.request({ type: "edit", room: message.room, message: message.id, text });
  }

  async remove(message: Message): Promise<void> {
    await this.#connection.request({ type: "delete", room: message.room, message: message.id });
  }

  /** Shown at once; the server's frame takes its place, or it is taken back. */
  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const key = touchKey(message, emoji);
    this.touched = new Map(this.touched).set(key, on);
    try {
      await this.#connection.request({
        type: "react",
        room: message.room,
        message: message.id,
        emoji,
        on,
      });
      this.flush();
    } finally {
      // Unless it was touched again meanwhile.
      if (this.touched.get(key) === on) {
        const touched = new Map(this.touched);
        touched.delete(key);
        this.touched = touched;
      }
    }
  }

  async pin(message: Message, on: boolean): Promise<void> {
    await this.#connection.request({ type: "pin", room: message.room, message: message.id, on });
  }

  async star(message: Message, on: boolean): Promise<void> {
    await this.#connection.request({ type: "star", room: message.room, message: message.id, on });
    this.flush();
  }

  /** Deletes it for oneself alone. */
  async hide(message: Message): Promise<void> {
    await this.#connection.request({ type: "hide", room: message.room, message: message.id });
  }

  /** The message as it is now, where it is still known: it may have changed since it was shown. */
  asItStands(message: Message): Message {
    const timeline = this.room(message.room)?.timeline;
    return (timeline && findMessage(timeline, message.seq)) ?? message;
  }

  /** The message's reactions, with one's own that are on their way. */
  reactionsOf(message: Message): readonly Reaction[] {
    let reactions = message.reactions ?? [];
    for (const [key, on] of this.touched) {
      if (!key.startsWith(touchKey(message, ""))) continue;
      const emoji = key.slice(touchKey(message, "").length);
      const known = reactions.find((r) => r.emoji === emoji);
      if ((known?.mine === true) !== on) reactions = react(reactions, { emoji, on }, true);
    }
    return reactions;
  }

  async openDirect(user: string): Promise<string> {
    return this.makeRoom({ kind: "direct", user });
  }

  async makeRoom(room: NewRoom): Promise<string> {
    return this.#adopt(await this.#parts.api.makeRoom(room));
  }

  async join(room: string): Promise<void> {
    await this.#parts.api.addMember(room, this.me.id);
    this.#adopt(await this.#parts.api.entry(room));
  }

  #adopt(entry: RoomEntry): string {
    this.flush();
    this.client = model.applyEntry(this.client, entry);
    this.#watch();
    return entry.room.id;
  }

  async loadPage(room: string, ask: PageAsk & { limit?: number }): Promise<void> {
    const page = await this.#parts.api.messages(room, ask);
    this.flush();
    this.client = model.applyPage(this.client, page, ask);
  }

  async loadSeen(room: string): Promise<void> {
    const { items } = await this.#parts.api.seen(room);
    this.flush();
    this.client = model.applySeen(this.client, room, items);
  }

  learn(users: readonly User[]): void {
    this.client = model.learn(this.client, users);
  }

  /** Let go of lines far from where one looks. */
  trim(room: string, around: number): void {
    const before = this.client.rooms.get(room);
    if (!before) return;
    const timeline = evict(before.timeline, around, KEEP_LINES);
    if (timeline === before.timeline) return;
    this.client = { ...this.client, rooms: new Map(this.client.rooms).set(room, { ...before, timeline }) };
  }

  // ------------------------------------------------------------------------------------------------ reading, writing

  /** Everything in the room is read. Shown at once; told soon, and again if the connection breaks before. */
  markRead(id: string): void {
    const room = this.client.rooms.get(id);
    if (!room) return;
    const { head, count } = room.entry.room;
    if (room.entry.read.ordinal >= count) return;
    this.client = model.applyLocalRead(this.client, id, { seq: head, ordinal: count });
    this.#reads.set(id, head);
    if (this.#readTimer) return;
    this.#readTimer = true;
    this.#parts.clock.after(READ_PAUSE_MS, () => {
      this.#readTimer = false;
      this.#sendReads();
    });
  }

  #sendReads(): void {
    if (this.link !== "live") return;
    for (const [room, seq] of this.#reads) {
      this.#connection.request({ type: "read", room, seq }).then(
        () => {
          if (this.#reads.get(room) === seq) this.#reads.delete(room);
        },
        (error: unknown) => {
          if (codeOf(error) !== "network") this.#reads.delete(room);
        },
      );
    }
  }

  typing(room: string, active: boolean): void {
    const now = this.#parts.clock.now();
    if (active) {
      if (now - (this.#typed.get(room) ?? 0) < TYPING_MS) return;
      this.#typed.set(room, now);
    } else if (!this.#typed.delete(room)) return;
    this.#connection.tell({ type: "typing", room, active });
  }

  #sweepTyping(): void {
    if (this.#stopped) return;
    this.#parts.clock.after(1_000, () => {
      this.client = model.expireTyping(this.client, this.#parts.clock.now());
      this.#sweepTyping();
    });
  }

  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#connection.tell({ type: "active", active });
  }

  /** Besides those one talks with in private: whose presence is on the screen. */
  watchAlso(users: readonly string[]): void {
    this.#watchMore = users;
    this.#watch();
  }

  #watch(): void {
    if (this.link !== "live") return;
    const peers = sortRooms(this.client)
      .map((r) => r.entry.peer?.id)
      .filter((id) => id !== undefined)
      .slice(0, WATCH_PEERS);
    const users = [...new Set([...peers, ...this.#watchMore])].slice(0, WATCH_ALL);
    const key = users.join(" ");
    if (key === this.#watched) return;
    this.#watched = key;
    this.#connection.tell({ type: "watch", users });
  }

  // ------------------------------------------------------------------------------------------------ drafts

  draft(room: string): string {
    return this.#parts.notes.get(`draft.${this.me.id}.${room}`) ?? "";
  }

  keepDraft(room: string, text: string): void {
    this.#parts.notes.set(`draft.${this.me.id}.${room}`, text.trim() === "" ? undefined : text);
  }
}
