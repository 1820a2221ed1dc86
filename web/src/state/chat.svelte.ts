/* The conversations of whoever is signed in: holds the model's state, feeds it, and does what is asked of it. Its parts:
 * messages on their way (`sending`), what one puts on messages (`marks`), where one looks (`attention`), what one has begun
 * to write to all (`drafts`) and to write otherwise (`asides`).
 *
 * Frames wait in a queue and are applied together, once per animation frame, in the order they came; a burst costs one
 * drawing. Whoever needs the newest state at once (cursors for a new connection, a page to merge) flushes first. */
import * as model from "../model/client";
import type { News } from "../model/news";
import { sortRooms, totalUnread } from "../model/rooms";
import { evict, findMessage, type PageAsk } from "../model/timeline";
import { Connection, type ConnectionState } from "../net/connection";
import type { NewRoom } from "../protocol/api";
import type {
  ClientCommand,
  Message,
  RemovedFrame,
  DeleteFrame,
  HiddenFrame,
  MessageFrame,
  RoomEntry,
  ServerFrame,
  User,
  Whisper,
  WhisperFrame,
} from "../protocol/generated";
import { codeOf } from "../protocol/problem";
import { Asides } from "./asides.svelte";
import { Attention } from "./attention";
import { Drafts } from "./drafts.svelte";
import type { ChatParts, Ground } from "./ground";
import type { Passing } from "./passing.svelte";
import { Marks } from "./marks.svelte";
import { Sending } from "./sending.svelte";

export interface Arrival {
  readonly n: number;
  readonly user: User;
  readonly message: Pick<Message, "kind" | "room" | "text"> & Partial<Message>;
  /** It is for oneself alone. */
  readonly whispered?: boolean;
}

const KEEP_LINES = 1_000;

/** What a message's menu asks of the conversation on the screen. */
export interface OpenView {
  readonly id: string;
  readonly foldable: ReadonlySet<number>;
  readonly unfolded: ReadonlySet<number>;
  reply(message: Message): void;
  edit(message: Message): void;
  whisper(to: User): void;
  unfold(seq: number, whole: boolean): void;
}

export class Chat implements Ground {
  client: model.ClientState = $state.raw() as model.ClientState;
  link = $state<ConnectionState>("idle");
  /** The first snapshot has come. */
  loaded = $state(false);
  /** Lines that came live into the room that is open, for screen readers. */
  arrival = $state.raw<Arrival | undefined>();
  /** The latest message of one's own that an administrator removed while one was here, or away for a while. */
  removed = $state.raw<RemovedFrame | undefined>();
  /** So many reports wait, as far as they are told: administrators are. */
  reports = $state(0);
  #openRoom: string | undefined;
  /** Rooms that were open, the last one first. */
  visited: readonly string[] = [];
  /** What is shown was kept on this device at that time, and the server has not been heard since. */
  keptAt = $state<number | undefined>();
  /** Somebody wrote or whispered, a moment ago. */
  onNews: (news: News) => void = () => undefined;
  /** The state is another one. */
  onChange: () => void = () => undefined;
  /** What the open conversation offers to the menus over it. */
  view: OpenView | undefined;

  /** The passing rooms that one is in; made when there is first one. */
  passing = $state.raw<Passing | undefined>();

  readonly parts: ChatParts;
  readonly sending = new Sending(this);
  readonly marks = new Marks(this);
  readonly attention = new Attention(this);
  readonly drafts = new Drafts(this);
  readonly asides = new Asides(this);

  readonly rooms = $derived(sortRooms(this.client));
  readonly unread = $derived(totalUnread(this.client));

  readonly #connection: Connection;
  #queue: ServerFrame[] = [];
  /** Messages that came as they were written; others were missed, and told on coming back. */
  readonly #live = new WeakSet<ServerFrame>();
  #scheduled = false;
  #stopped = false;
  #arrivals = 0;

  constructor(parts: ChatParts, me: User) {
    this.parts = parts;
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

  get openRoom(): string | undefined {
    return this.#openRoom;
  }

  set openRoom(id: string | undefined) {
    this.#openRoom = id;
    if (id !== undefined) this.visited = [id, ...this.visited.filter((v) => v !== id)];
  }

  /** Conversations as they were kept, until the server is heard. */
  showKept(kept: { state: model.ClientState; at: number; rooms: readonly string[] }): void {
    this.client = kept.state;
    this.visited = kept.rooms;
    this.keptAt = kept.at;
    this.loaded = true;
  }

  get me(): User {
    return this.client.me;
  }

  async start(): Promise<void> {
    this.#connection.start();
    this.#sweepTyping();
    this.drafts.start();
    this.asides.start();
    if (this.parts.tab?.get("passing") !== undefined)
      import("./passing.svelte").then(
        ({ passingOf }) => passingOf(this),
        () => undefined,
      );
    await this.sending.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#connection.stop();
  }

  nudge(): void {
    this.#connection.nudge();
  }

  /** The network is said to be gone: nothing more is trusted to a connection that may be dead. */
  doubt(): void {
    this.#connection.resume();
  }

  request(command: ClientCommand): Promise<unknown> {
    return this.#connection.request(command);
  }

  tell(command: ClientCommand): void {
    this.#connection.tell(command);
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
    if (this.link === "live") this.#live.add(frame);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.parts.schedule(() => {
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
    let lost = false;
    const news: News[] = [];
    for (const frame of frames) {
      if (frame.type === "ready" && frame.me.id !== state.me.id) {
        this.parts.onStranger?.();
        return;
      }
      this.passing?.onFrame(frame);
      const verdict = model.judge(state, frame);
      if (verdict === "lost") {
        lost = true;
        break;
      }
      if (frame.type === "message" || frame.type === "whisper") {
        if (frame.type === "message") this.#onMessage(frame, verdict === "next");
        else this.#onWhisper(frame, verdict === "next");
        if (verdict === "next" && this.#live.has(frame)) news.push(frame);
      }
      if (verdict === "next") state = model.apply(state, frame, this.parts.clock.now());
      if (frame.type === "removed" && verdict === "next") this.removed = frame;
      if (frame.type === "delete" || frame.type === "hidden") this.#unsay(frame);
      if (frame.type === "unread") this.attention.onUnread(frame.room);
      if (frame.type === "ready") {
        this.loaded = true;
        this.keptAt = undefined;
        this.reports = frame.reports ?? 0;
      }
      if (frame.type === "reports") this.reports = frame.count;
      if (frame.type === "presence") void this.#readAnew(model.outdated(state, frame.of));
    }
    const roomsChanged = state.rooms.size !== this.client.rooms.size;
    this.client = state;
    this.sending.settle();
    if (roomsChanged) this.attention.watch();
    this.onChange();
    for (const one of news) this.onNews(one);
    if (lost) this.#connection.resume();
  }

  #onMessage(frame: MessageFrame, isNew: boolean): void {
    const { message, user } = frame;
    const isHeard = this.loaded && message.room === this.openRoom && message.hidden !== true;
    if (isNew && isHeard && !this.isBlocked(message.author) && message.author !== this.me.id) {
      this.arrival = { n: ++this.#arrivals, user, message };
    }
    this.sending.onMessage(message);
  }

  /** Nothing of what is gone is left for whoever listens. */
  #unsay(frame: DeleteFrame | HiddenFrame): void {
    const said = this.arrival?.message;
    const seq = frame.type === "delete" ? frame.target : frame.seq;
    if (said?.room === frame.room && said.seq === seq) this.arrival = undefined;
  }

  /** Who changed while nobody could tell. One after the other: they are few, and nobody waits. */
  async #readAnew(users: readonly string[]): Promise<void> {
    for (const id of users) {
      const user = await this.parts.api.user(id).catch(() => undefined);
      if (user) this.learn([user]);
    }
  }

  #onWhisper({ whisper, with: user }: WhisperFrame, isNew: boolean): void {
    const fresh =
      whisper.to === this.me.id && whisper.edited_at === undefined && whisper.deleted_at === undefined;
    if (isNew && fresh && this.loaded && whisper.room === this.openRoom)
      this.arrival = {
        n: ++this.#arrivals,
        user,
        message: { kind: whisper.kind, room: whisper.room, text: whisper.text, id: whisper.id },
        whispered: true,
      };
    if (whisper.deleted_at !== undefined && this.arrival?.whispered && this.arrival.message.id === whisper.id)
      this.arrival = undefined;
    this.sending.onWhisper(whisper);
  }

  #onLive(): void {
    this.flush();
    this.attention.onLive();
    this.drafts.onLive();
    this.sending.onLive();
    this.passing?.onLive();
  }

  #sweepTyping(): void {
    if (this.#stopped) return;
    this.parts.clock.after(1_000, () => {
      const now = this.parts.clock.now();
      this.client = model.expireStatus(model.expireTyping(this.client, now), now);
      this.passing?.tick();
      this.#sweepTyping();
    });
  }

  // ------------------------------------------------------------------------------------------------ messages

  /** To everybody in the room, or to one of them alone. */
  send(room: string, text: string, replyTo?: number, to?: string): void {
    if (to === undefined) this.attention.onSent(room);
    this.sending.send(room, text, replyTo, to);
  }

  /** A new text for what one said, or whispered to somebody. */
  change(said: Message | Whisper, text: string): void {
    this.sending.change(said, text);
  }

  async unwhisper(whisper: Whisper): Promise<void> {
    await this.request({ type: "whisper_delete", room: whisper.room, whisper: whisper.id });
  }

  async remove(message: Message): Promise<void> {
    await this.request({ type: "delete", room: message.room, message: message.id });
  }

  /** The message as it is now, where it is still known: it may have changed since it was shown. */
  asItStands(message: Message): Message {
    const timeline = this.room(message.room)?.timeline;
    return (timeline && findMessage(timeline, message.seq)) ?? message;
  }

  /** Who wrote the line at `seq`; asks where it is not known. */
  async authorOf(room: string, seq: number): Promise<string | undefined> {
    const timeline = this.room(room)?.timeline;
    const known = timeline && findMessage(timeline, seq);
    if (known) return known.author;
    const { messages } = await this.parts.api.messages(room, { around: seq, limit: 1 });
    return messages.find((m) => m.seq === seq)?.author;
  }

  async loadPage(room: string, ask: PageAsk & { limit?: number }): Promise<void> {
    const page = await this.parts.api.messages(room, ask);
    this.flush();
    this.client = model.applyPage(this.client, page, ask);
  }

  async loadSeen(room: string): Promise<void> {
    const { items } = await this.parts.api.seen(room);
    this.flush();
    this.client = model.applySeen(this.client, room, items);
  }

  async block(user: string, on: boolean): Promise<void> {
    await this.request({ type: "block", user, on });
    this.flush();
  }

  isBlocked(user: string | undefined): boolean {
    return user !== undefined && this.client.blocked.has(user);
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

  // ------------------------------------------------------------------------------------------------ rooms

  async openDirect(user: string): Promise<string> {
    return this.makeRoom({ kind: "direct", user });
  }

  async makeRoom(room: NewRoom): Promise<string> {
    return this.#adopt(await this.parts.api.makeRoom(room));
  }

  async join(room: string): Promise<void> {
    await this.parts.api.addMember(room, this.me.id);
    this.#adopt(await this.parts.api.entry(room));
  }

  #adopt(entry: RoomEntry): string {
    this.flush();
    this.client = model.applyEntry(this.client, entry);
    this.attention.watch();
    return entry.room.id;
  }
}
