/* One room as it stands on the screen: which lines of its timeline are drawn, and where to look.
 *
 * At most DRAWN lines are in the page. The window [start, end] is in seqs, so it stays where it is while lines come and go
 * around it; `end` = Infinity follows the live tail. Scrolling near an edge widens the window there, loads more when the
 * known part ends, and lets go at the other edge. The component keeps what one looks at in its place. */
import { SvelteSet } from "svelte/reactivity";
import { beyondRead, unreadOf, type RoomState } from "../model/client";
import { changes, isPassing, roomItems, type OutboxItem } from "../model/outbox";
import { buildRows, reuseRows, type Row } from "../model/rows";
import { findMessage, indexOf, segmentAt, tail, type Segment } from "../model/timeline";
import { askFrom, whispersIn } from "../model/whispers";
import type { User, Whisper, Message, ReadMarker } from "../protocol/generated";
import { codeOf } from "../protocol/problem";
import { Again } from "./again";
import type { Chat } from "./chat.svelte";

export type Target =
  | { readonly kind: "bottom"; readonly smooth: boolean }
  | { readonly kind: "new" }
  | { readonly kind: "top" }
  /** The line of this number, or the whisper of this id. */
  | { readonly kind: "message"; readonly at: number | string };

const DRAWN = 240;
const STEP = 60;
const PAGE = 60;
const WHISPERS = 200;
/** With no more unread lines than this, the first page holds them all and the newest line too. */
const UNREAD_IN_ONE = 120;

/** Asking again can help. */
function mayPass(error: unknown): boolean {
  const code = codeOf(error);
  return code === "network" || isPassing(code);
}

export class RoomView {
  readonly id: string;
  readonly #chat: Chat;
  readonly #dayOf: (at: number) => string;

  status = $state<"loading" | "ready" | "failed">("loading");
  start = $state(0);
  end = $state(Infinity);
  newAfter = $state<number | undefined>();
  loading = $state<"up" | "down" | undefined>();
  /** Lines beyond this edge could not be fetched. */
  stuck = $state<"up" | "down" | undefined>();
  /** What failed is tried again by itself. */
  trying = $state(false);
  target = $state.raw<Target | undefined>();
  highlight = $state<number | string | undefined>();
  atBottom = $state(true);
  replyTo = $state.raw<Message | undefined>();
  /** Long messages that are shown whole. */
  readonly unfolded = new SvelteSet<number>();
  /** Messages that have been drawn and are longer than a screen. */
  readonly foldable = new SvelteSet<number>();
  /** The line at the upper edge of the screen, as far as is known. */
  lookingAt: number | undefined;
  #generation = 0;
  readonly #again: Again;
  #retry: () => Promise<unknown> = () => this.open();
  #read: ReadMarker | undefined;
  #held = false;
  /** One has leapt over lines that are not read: those in view are not what comes next. */
  #ahead = false;

  readonly room: RoomState | undefined = $derived.by(() => this.#chat.client.rooms.get(this.id));
  readonly segment: Segment | undefined = $derived.by(() => {
    const room = this.room;
    if (!room || this.status !== "ready") return undefined;
    return this.end === Infinity
      ? tail(room.timeline, room.entry.room.head)
      : segmentAt(room.timeline, this.start);
  });
  readonly messages: readonly Message[] = $derived.by(() => {
    const lines = this.segment?.messages ?? [];
    return lines.slice(indexOf(lines, this.start), indexOf(lines, this.end + 1));
  });
  readonly whispers: readonly Whisper[] = $derived.by(() =>
    this.room && this.segment ? whispersIn(this.room.timeline, this.segment, this.start, this.end) : [],
  );
  readonly following = $derived(this.end === Infinity && this.segment !== undefined);
  /** What has the field instead of the draft. */
  readonly aside = $derived.by(() => this.#chat.asides.now(this.id));
  readonly #items = $derived.by(() => roomItems(this.#chat.sending.items, this.id));
  readonly pending = $derived.by(() =>
    this.following ? this.#items.filter((i) => i.edits === undefined) : [],
  );
  readonly beginning = $derived.by(() => {
    const s = this.segment;
    return s?.from === 0 && (s.messages.length === 0 || this.start <= s.messages[0]!.seq);
  });
  #shown: readonly Row[] = [];
  readonly rows: readonly Row[] = $derived.by(() => {
    const lines = this.segment?.messages ?? [];
    const rows = buildRows({
      messages: this.messages,
      before: lines[indexOf(lines, this.start) - 1],
      whispers: this.whispers,
      pending: this.pending,
      me: this.#chat.me.id,
      newAfter: this.newAfter,
      seen: this.room?.seen ?? new Map(),
      unseen: this.room?.entry.room.kind === "direct" ? undefined : this.#chat.client.blocked,
      dayOf: this.#dayOf,
    });
    this.#shown = reuseRows(this.#shown, rows);
    return this.#shown;
  });
  readonly unread = $derived.by(() => (this.room ? unreadOf(this.room.entry) : 0));

  constructor(chat: Chat, id: string, dayOf: (at: number) => string) {
    this.#chat = chat;
    this.id = id;
    this.#dayOf = dayOf;
    this.#again = new Again(chat.parts.clock);
    // Only here: who stays in the room, whatever happens to its lines, goes on as they were.
    chat.asides.come(id);
  }

  /** Nobody looks at it any more. */
  close(): void {
    this.#again.stop();
  }

  /** The connection is back. */
  onLive(): void {
    this.#again.nudge();
  }

  /** At line `at` if told, else at the first unread line if there is one, else at the newest. False: that line is not there. */
  async open(at?: number, whisper?: string): Promise<boolean> {
    const room = this.room;
    if (!room) return true;
    this.#generation = room.generation;
    const unread = unreadOf(room.entry);
    const { read } = room.entry;
    this.#read = read;
    this.#held = false;
    this.#ahead = false;
    this.newAfter = unread > 0 ? read.seq : undefined;
    let found = true;
    const beyond = beyondRead(room.entry);
    try {
      if (at !== undefined) found = await this.#jump(at, true, whisper);
      else if (beyond > UNREAD_IN_ONE && this.#chat.keptAt === undefined)
        await this.#around(read.seq, { kind: "new" });
      else await this.#latest(unread > 0 ? { kind: "new" } : { kind: "bottom", smooth: false }, beyond);
    } catch (error) {
      this.#failed(error, () => this.open(at, whisper));
    }
    this.#chat.loadSeen(this.id).catch(() => undefined);
    this.#chat.attention.watch();
    return found;
  }

  /** The timeline was thrown away: begin anew, where one was. */
  async reopenIfReset(): Promise<void> {
    const room = this.room;
    if (!room || room.generation === this.#generation) return;
    this.#generation = room.generation;
    if (this.following || this.end === Infinity || this.status !== "ready") await this.open();
    else await this.jumpTo(this.lookingAt ?? this.start, false);
  }

  /** Nothing is shown yet: then it is said, and tried again by itself where that can help. */
  #failed(error: unknown, run: () => Promise<unknown>): void {
    if (this.segment) return;
    this.status = "failed";
    this.trying = mayPass(error);
    this.#retry = run;
    if (this.trying) this.#again.later(() => void run());
  }

  async retry(): Promise<void> {
    this.#again.stop();
    this.status = "loading";
    await this.#retry();
  }

  async #latest(target: Target, unread = 0): Promise<void> {
    const room = this.room;
    if (!room) return;
    const known = tail(room.timeline, room.entry.room.head);
    if (!known || (known.from > 0 && known.messages.length < PAGE + unread)) {
      try {
        await this.#chat.loadPage(this.id, { limit: Math.min(200, PAGE + unread) });
      } catch (error) {
        // Without a network what is known is shown; scrolling up asks again.
        if (!known || codeOf(error) !== "network") throw error;
      }
    }
    const lines = tail(this.room!.timeline, this.room!.entry.room.head)?.messages ?? [];
    this.start = lines[Math.max(0, lines.length - PAGE - unread)]?.seq ?? 0;
    this.end = Infinity;
    this.#show(target);
  }

  async #around(seq: number, target: Target): Promise<void> {
    await this.#load(seq);
    this.#place(seq);
    this.#show(target);
  }

  async #load(seq: number): Promise<void> {
    const room = this.room;
    if (!room) return;
    const known = segmentAt(room.timeline, seq);
    if (!known || !this.#covers(known, seq)) await this.#chat.loadPage(this.id, { around: seq, limit: PAGE });
  }

  /** Where more is whispered at one place than a page holds, what follows is asked for, so that no gap is left before it. */
  async #reach(place: number, whisper: string): Promise<boolean> {
    for (let before = -1; ;) {
      const timeline = this.room?.timeline;
      if (!timeline || timeline.whispers.has(whisper)) return timeline !== undefined;
      const segment = segmentAt(timeline, place);
      if (!segment || segment.to > place || timeline.whispers.size === before) return false;
      before = timeline.whispers.size;
      await this.#chat.loadPage(this.id, { ...askFrom(timeline, segment, "down"), limit: WHISPERS });
    }
  }

  /** Enough is known on both sides of it to fill a screen. */
  #covers(segment: Segment, seq: number): boolean {
    const at = indexOf(segment.messages, seq);
    const head = this.room?.entry.room.head ?? 0;
    return (at >= 20 || segment.from === 0) && (segment.messages.length - at >= 20 || segment.to >= head);
  }

  #place(seq: number): void {
    const room = this.room;
    const segment =
      room && (segmentAt(room.timeline, seq) ?? room.timeline.segments.find((s) => s.from > seq));
    if (!segment) return;
    const lines = segment.messages;
    const at = indexOf(lines, seq);
    const last = Math.min(lines.length, at + STEP);
    this.start = lines[Math.max(0, at - STEP)]?.seq ?? segment.from;
    this.end = this.#endAt(segment, last);
  }

  #endAt(segment: Segment, count: number): number {
    const head = this.room?.entry.room.head ?? 0;
    const next = segment.messages[count];
    // What is whispered before the next line stands in front of it.
    if (next) return next.seq - 1;
    return segment.to >= head ? Infinity : segment.to;
  }

  #show(target: Target): void {
    this.#again.done();
    this.stuck = undefined;
    this.status = "ready";
    this.target = target;
  }

  /** To a line, or to the whisper that stands there. False: there is none, or none that one may see; then one is where it
   * would stand. */
  async jumpTo(seq: number, flash = true, whisper?: string): Promise<boolean> {
    try {
      return await this.#jump(seq, flash, whisper);
    } catch (error) {
      this.#failed(error, () => this.#jump(seq, flash, whisper));
      return true;
    }
  }

  async #jump(seq: number, flash: boolean, whisper?: string): Promise<boolean> {
    this.lookingAt = seq;
    this.#ahead ||= seq > (this.room?.entry.read.seq ?? 0);
    await this.#load(seq);
    const heard = whisper !== undefined && (await this.#reach(seq, whisper));
    const at = heard ? whisper : seq;
    this.#place(seq);
    this.#show({ kind: "message", at });
    const lines = this.segment?.messages ?? [];
    const line = lines[indexOf(lines, seq)];
    const found = whisper === undefined ? line?.seq === seq && line.hidden !== true : heard;
    this.highlight = flash && found ? at : undefined;
    return found;
  }

  async jumpFirst(): Promise<void> {
    const known = this.room && segmentAt(this.room.timeline, 0);
    try {
      if (!known) await this.#chat.loadPage(this.id, { after: 0, limit: PAGE });
      this.#place(0);
      this.#show({ kind: "top" });
    } catch (error) {
      this.#failed(error, () => this.jumpFirst());
    }
  }

  async jumpLatest(): Promise<void> {
    try {
      // What is drawn stays drawn: the way there must not change its length.
      if (this.following) this.#show({ kind: "bottom", smooth: true });
      else await this.#latest({ kind: "bottom", smooth: false });
    } catch (error) {
      this.#failed(error, () => this.jumpLatest());
    }
  }

  /** One looks at the upper edge: draw more there, from what is known or from the server. */
  async more(edge: "up" | "down", anew = false): Promise<void> {
    // Where it failed, scrolling about does not ask again and again.
    if (this.loading || (this.stuck === edge && !anew)) return;
    if (this.status !== "ready" || !this.segment) return;
    const moved = edge === "up" ? this.#widenUp() : this.#widenDown();
    if (moved) return;
    const segment = this.segment;
    if (edge === "up" ? segment.from === 0 : this.end === Infinity) return;
    this.loading = edge;
    try {
      const ask = askFrom(this.room!.timeline, segment, edge);
      await this.#chat.loadPage(this.id, { ...ask, limit: PAGE });
      if (edge === "up") this.#widenUp();
      else this.#widenDown();
      this.#chat.trim(this.id, this.start);
      this.#again.done();
      this.stuck = undefined;
    } catch (error) {
      this.stuck = edge;
      if (mayPass(error)) this.#again.later(() => void this.more(edge, true));
    } finally {
      this.loading = undefined;
    }
  }

  #widenUp(): boolean {
    const lines = this.segment?.messages ?? [];
    const at = indexOf(lines, this.start);
    if (at === 0 || !this.segment) return false;
    const start = Math.max(0, at - STEP);
    const last = indexOf(lines, this.end + 1);
    if (last - start > DRAWN) this.end = this.#endAt(this.segment, start + DRAWN);
    this.start = lines[start]!.seq;
    return true;
  }

  #widenDown(): boolean {
    const segment = this.segment;
    if (!segment || this.end === Infinity) return false;
    const last = indexOf(segment.messages, this.end + 1);
    const next = Math.min(segment.messages.length, last + STEP);
    const end = this.#endAt(segment, next);
    if (end === this.end) return false;
    const first = indexOf(segment.messages, this.start);
    if (next - first > DRAWN) this.start = segment.messages[next - DRAWN]!.seq;
    this.end = end;
    return true;
  }

  /** At the bottom of a busy room the oldest drawn lines go, out of sight. */
  trimTop(): void {
    if (!this.following || this.messages.length <= DRAWN + STEP) return;
    this.start = this.messages.at(-DRAWN)!.seq;
  }

  /** Marked as unread while it is open, here or elsewhere: so it stays until it is opened again. */
  noteRead(): void {
    const read = this.room?.entry.read;
    if (read === this.#read || this.status !== "ready") return;
    this.#read = read;
    if (read?.since === undefined) return;
    this.#held = true;
    this.newAfter = read.seq;
  }

  /** All of it is read. */
  seen(): void;
  /** What stands in view, from one line to another. */
  seen(from: number, to: number): void;
  seen(from?: number, to?: number): void {
    this.noteRead();
    const { room } = this;
    if (this.#held || !room) return;
    if (this.#ahead && from !== undefined) {
      const first = findMessage(room.timeline, from);
      if (!first || first.ordinal > room.entry.read.ordinal + 1) return;
    }
    this.#ahead = false;
    this.#chat.attention.markRead(this.id, to);
  }

  unfold(seq: number, whole: boolean): void {
    if (whole) this.unfolded.add(seq);
    else this.unfolded.delete(seq);
  }

  /** Lines come while nobody looks: the first of them gets the "new" line. */
  markNew(): void {
    if (this.newAfter === undefined && this.room && this.unread > 0) this.newAfter = this.room.entry.read.seq;
  }

  reply(message: Message): void {
    this.#chat.asides.lay(this.id);
    this.replyTo = message;
  }

  /** What one writes goes to this person alone, until one says otherwise; or it is the new text of a whisper. */
  whisper(to: User, edit?: Whisper): void {
    this.#chat.asides.begin(this.id, edit ? { to, edit } : { to }, edit ? this.#textOf(edit) : "");
  }

  edit(message: Message): void {
    this.#chat.asides.begin(this.id, { edit: message }, this.#textOf(message));
  }

  /** Its new text, where that is on its way. */
  changeOf(said: Message | Whisper): OutboxItem | undefined {
    return this.#items.findLast((item) => changes(item, said));
  }

  #textOf(said: Message | Whisper): string {
    return this.changeOf(said)?.text ?? said.text;
  }

  /** The draft has the field again. A whisper that was begun comes back with the next one to the same person. */
  leave(): void {
    const { asides } = this.#chat;
    if (this.aside?.aside.edit) asides.end(this.id);
    else asides.lay(this.id);
  }

  /** To whom it is meant for: to all, unless something else has the field. */
  send(text: string): void {
    const { id } = this;
    const aside = this.aside?.aside;
    if (aside?.edit) {
      this.#chat.change(aside.edit, text);
      this.#chat.asides.end(id);
      return;
    }
    this.newAfter = undefined;
    this.#held = false;
    this.#chat.send(id, text, aside ? undefined : this.replyTo?.seq, aside?.to?.id);
    if (aside) this.#chat.asides.write(id, "");
    else this.replyTo = undefined;
    if (this.following) this.target = { kind: "bottom", smooth: false };
    else void this.jumpLatest();
  }
}
