/* Passing rooms: what is said in them lives here and in the server's memory, and nowhere else; nothing is kept on this
 * device but which rooms this page is in, for as long as it is open: a reload enters them again.
 *
 * A room is entered with the connection. `passing_state` says how it stands at a number, and the frames with the numbers after
 * it follow; a number that is missing, or a beat that tells of more, is mended by entering again with the last one applied.
 * So is a lost connection: who comes back in time is told what was said meanwhile. */
import type { Typist } from "../model/client";
import type { PassingMessage, PassingPerson, PassingRoom, ServerFrame, User } from "../protocol/generated";
import { ApiError, codeOf } from "../protocol/problem";
import type { Chat } from "./chat.svelte";

export type PassingRow =
  | { readonly kind: "said"; readonly key: string; readonly message: PassingMessage }
  | { readonly kind: "came" | "left" | "out"; readonly key: string; readonly user: User; readonly at: number }
  | { readonly kind: "unsaid"; readonly key: string; readonly name: string | undefined }
  | { readonly kind: "missed"; readonly key: string };

export interface PassingItem {
  readonly client_id: string;
  readonly text: string;
  readonly kind: "text" | "action";
  readonly state: "pending" | "failed";
  readonly failure?: string;
}

const ROWS_MOST = 500;
const TYPING_MS = 4_000;
const RETRY_MS = 2_000;

/** One room that one is in, or tries to be in. */
export class PassingView {
  readonly id: string;
  status = $state<"entering" | "in" | "gone" | "failed">("entering");
  failure = $state<string | undefined>();
  /** One was removed: that is why it is gone. */
  out = $state(false);
  is = $state.raw<PassingRoom | undefined>();
  people = $state.raw<readonly PassingPerson[]>([]);
  rows = $state.raw<readonly PassingRow[]>([]);
  pending = $state.raw<readonly PassingItem[]>([]);
  typing = $state.raw<readonly Typist[]>([]);
  unread = $state(0);
  /** Somebody looks at it. */
  open = false;
  readonly #chat: Chat;
  readonly #named: string;
  readonly #known = new Map<string, User>();
  #seq = -1;
  #asking = false;
  #sending = false;
  #typed = 0;

  constructor(chat: Chat, id: string, named = "") {
    this.#chat = chat;
    this.id = id;
    this.#named = named;
  }

  /** Empty: nobody was in it here yet. */
  get name(): string {
    return this.is?.name ?? this.#named;
  }

  nameOf(user: string): string | undefined {
    return this.#known.get(user)?.display_name;
  }

  async enter(): Promise<void> {
    if (this.#asking || this.#chat.link !== "live") return;
    this.#asking = true;
    try {
      const after = this.#seq < 0 ? {} : { after: this.#seq };
      await this.#chat.request({ type: "enter", room: this.id, ...after });
    } catch (error) {
      const code = codeOf(error);
      if (code === "rate_limited") this.#chat.parts.clock.after(RETRY_MS, () => void this.enter());
      // An address that can't be one leads where one leads that was one.
      else if (code === "not_found" || code === "field_invalid") this.status = "gone";
      else if (code === "forbidden") {
        this.status = "gone"; // it is refused to those alone who were removed
        this.out = true;
      } else if (code !== "network") {
        this.status = "failed";
        this.failure = code;
      }
    } finally {
      this.#asking = false;
    }
  }

  onFrame(frame: ServerFrame, now: number): void {
    if (frame.type === "beat") {
      if ((frame.heads[this.id] ?? 0) > this.#seq && this.status === "in") void this.enter();
      return;
    }
    if (!("room" in frame) || frame.room !== this.id) return;
    if (frame.type === "passing_state") this.#onState(frame);
    else if (frame.type === "typing") this.#onTyping(frame.user, frame.for_ms, now);
    else if (
      frame.type === "passing_entered" ||
      frame.type === "passing_left" ||
      frame.type === "passing_link" ||
      frame.type === "passing_said" ||
      frame.type === "passing_unsaid"
    ) {
      if (frame.seq <= this.#seq || this.status !== "in") return;
      if (frame.seq !== this.#seq + 1) {
        void this.enter();
        return;
      }
      this.#seq = frame.seq;
      this.#onEvent(frame, now);
    }
  }

  #onState(frame: Extract<ServerFrame, { type: "passing_state" }>): void {
    for (const { user } of frame.people) this.#known.set(user.id, user);
    const again = this.rows.length > 0;
    this.status = "in";
    this.is = frame.is;
    this.people = frame.people;
    this.#seq = frame.seq;
    if (!frame.resumed && again) this.#add({ kind: "missed", key: `gap-${String(frame.seq)}` });
    for (const message of frame.messages) this.#onSaid(message);
    for (const seq of frame.unsaid) this.#onUnsaid(seq);
    void this.#pump();
  }

  #onEvent(
    frame: Extract<
      ServerFrame,
      { type: "passing_entered" | "passing_left" | "passing_link" | "passing_said" | "passing_unsaid" }
    >,
    now: number,
  ): void {
    const key = `n-${String(frame.seq)}`;
    switch (frame.type) {
      case "passing_entered":
        this.#known.set(frame.user.id, frame.user);
        this.people = [...this.people, { user: frame.user }];
        this.#add({ kind: "came", key, user: frame.user, at: now });
        break;
      case "passing_left": {
        const user = this.#known.get(frame.user);
        this.people = this.people.filter((p) => p.user.id !== frame.user);
        if (user) this.#add({ kind: frame.by === undefined ? "left" : "out", key, user, at: now });
        if (frame.by !== undefined && frame.user === this.#chat.me.id) {
          this.status = "gone";
          this.out = true;
        }
        this.#onTyping({ id: frame.user } as User, 0, now);
        break;
      }
      case "passing_link":
        this.people = this.people.map((p) =>
          p.user.id !== frame.user ? p : frame.lost ? { user: p.user, lost: true } : { user: p.user },
        );
        break;
      case "passing_said":
        this.#onSaid(frame.message);
        this.typing = this.typing.filter((t) => t.user.id !== frame.message.author);
        break;
      case "passing_unsaid":
        this.#onUnsaid(frame.said);
    }
  }

  /** Its words leave the screen. */
  #onUnsaid(seq: number): void {
    this.rows = this.rows.map((row) =>
      row.kind === "said" && row.message.seq === seq
        ? { kind: "unsaid", key: row.key, name: this.nameOf(row.message.author) }
        : row,
    );
  }

  #onSaid(message: PassingMessage): void {
    const mine = message.author === this.#chat.me.id;
    if (mine) this.pending = this.pending.filter((i) => i.client_id !== message.client_id);
    const key = mine ? `c-${message.client_id}` : `n-${String(message.seq)}`;
    if (this.rows.some((r) => r.key === key)) return;
    this.#add({ kind: "said", key, message });
    if (!mine && !this.open) this.unread++;
  }

  #add(row: PassingRow): void {
    this.rows = [...this.rows.slice(-ROWS_MOST + 1), row];
  }

  #onTyping(user: User, forMs: number, now: number): void {
    if (user.id === this.#chat.me.id) return;
    const others = this.typing.filter((t) => t.user.id !== user.id);
    this.typing = forMs > 0 ? [...others, { user, until: now + forMs }] : others;
  }

  expireTyping(now: number): void {
    if (this.typing.some((t) => t.until <= now)) this.typing = this.typing.filter((t) => t.until > now);
  }

  // ------------------------------------------------------------------------------------------------ speaking

  say(text: string): void {
    const action = /^\/me\s+(\S[\s\S]*)$/.exec(text);
    this.pending = [
      ...this.pending,
      {
        client_id: this.#chat.parts.newId(),
        text: action ? action[1]! : text,
        kind: action ? "action" : "text",
        state: "pending",
      },
    ];
    this.#typed = 0;
    void this.#pump();
  }

  /** One made it, or administers the server. */
  get rules(): boolean {
    return this.is?.maker === this.#chat.me.id || this.#chat.me.role !== "member";
  }

  unsay(message: PassingMessage): Promise<unknown> {
    return this.#chat.request({ type: "unsay", room: this.id, seq: message.seq });
  }

  turnOut(user: User): Promise<unknown> {
    return this.#chat.request({ type: "turn_out", room: this.id, user: user.id });
  }

  retry(item: PassingItem): void {
    this.pending = this.pending.map((i) =>
      i === item ? { client_id: i.client_id, text: i.text, kind: i.kind, state: "pending" } : i,
    );
    void this.#pump();
  }

  discard(item: PassingItem): void {
    this.pending = this.pending.filter((i) => i !== item);
  }

  write(active: boolean): void {
    const now = this.#chat.parts.clock.now();
    if (active && now - this.#typed < TYPING_MS) return;
    if (!active && this.#typed === 0) return;
    this.#typed = active ? now : 0;
    this.#chat.tell({ type: "typing", room: this.id, active });
  }

  /** One after the other, so that they come in the order in which they were written. */
  async #pump(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (;;) {
        const item = this.pending.find((i) => i.state === "pending");
        if (!item || this.status !== "in" || this.#chat.link !== "live") return;
        if (!(await this.#send(item))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** False: not now. */
  async #send(item: PassingItem): Promise<boolean> {
    const { client_id, text, kind } = item;
    try {
      const said = (await this.#chat.request({ type: "say", room: this.id, client_id, text, kind })) as
        PassingMessage | undefined;
      this.#chat.flush();
      if (said) this.pending = this.pending.filter((i) => i.client_id !== client_id);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (code === "network") return false;
      if (code === "rate_limited" || code === "unavailable") {
        const pause = error instanceof ApiError && error.retryAfter ? error.retryAfter * 1_000 : RETRY_MS;
        this.#chat.parts.clock.after(pause, () => void this.#pump());
        return false;
      }
      this.pending = this.pending.map((i) =>
        i.client_id === client_id ? { ...i, state: "failed", failure: code } : i,
      );
      return true;
    }
  }
}

/** What outlives a reload: whose rooms, and their addresses and names. */
interface Kept {
  readonly me: string;
  readonly rooms: readonly (readonly [id: string, name: string])[];
}

export class Passing {
  /** Those that one is in, in the order of entering; and those that are gone, until one has seen it. */
  views = $state.raw<readonly PassingView[]>([]);
  readonly #chat: Chat;

  constructor(chat: Chat) {
    this.#chat = chat;
    const kept = JSON.parse(chat.parts.tab?.get("passing") ?? "null") as Kept | null;
    if (kept?.me !== chat.me.id) return;
    this.views = kept.rooms.map(([id, name]) => new PassingView(chat, id, name));
    this.onLive();
  }

  #keep(): void {
    const rooms = this.views.filter((v) => v.name !== "" && !v.out).map((v) => [v.id, v.name] as const);
    const kept: Kept = { me: this.#chat.me.id, rooms };
    this.#chat.parts.tab?.set("passing", rooms.length > 0 ? JSON.stringify(kept) : undefined);
  }

  /** Enters it, unless one is in it. */
  view(id: string): PassingView {
    const known = this.views.find((v) => v.id === id);
    if (known && known.status !== "gone" && known.status !== "failed") return known;
    const view = new PassingView(this.#chat, id, known?.name);
    this.views = [...this.views.filter((v) => v !== known), view];
    void view.enter();
    return view;
  }

  leave(view: PassingView): void {
    this.#chat.tell({ type: "exit", room: view.id });
    this.forget(view);
  }

  forget(view: PassingView): void {
    this.views = this.views.filter((v) => v !== view);
    this.#keep();
  }

  onFrame(frame: ServerFrame): void {
    const now = this.#chat.parts.clock.now();
    for (const view of this.views) view.onFrame(frame, now);
    if (frame.type === "passing_state" || frame.type === "passing_left") this.#keep();
  }

  onLive(): void {
    for (const view of this.views) if (view.status !== "gone") void view.enter();
  }

  tick(): void {
    const now = this.#chat.parts.clock.now();
    for (const view of this.views) view.expireTyping(now);
  }
}

export function passingOf(chat: Chat): Passing {
  chat.passing ??= new Passing(chat);
  return chat.passing;
}
