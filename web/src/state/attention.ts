/* What the server is told of where one looks: what is read, that one writes, that one is there, whose presence is on the screen. */
import * as model from "../model/client";
import { sortRooms } from "../model/rooms";
import { findMessage } from "../model/timeline";
import type { NotifyLevel } from "../protocol/generated";
import { codeOf } from "../protocol/problem";
import type { Ground } from "./ground";

const READ_PAUSE_MS = 800;
const TYPING_MS = 4_000;
const WATCH_PEERS = 100;
const WATCH_AUTHORS = 40;
const WATCH_ALL = 200;

export class Attention {
  readonly #ground: Ground;
  readonly #reads = new Map<string, number>();
  readonly #whispersRead = new Map<string, number>();
  #readTimer = false;
  readonly #typed = new Map<string, number>();
  #watched = "";
  #watchMore: readonly string[] = [];
  #active = true;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  onLive(): void {
    this.#watched = "";
    this.watch();
    this.#ground.tell({ type: "active", active: this.#active });
    this.#sendReads();
    this.#sendWhispersRead();
  }

  /** Everything in the room is read, or what stands up to a line. Shown at once; told soon, and again if the connection
   * breaks before. */
  markRead(id: string, upTo?: number): void {
    const room = this.#ground.client.rooms.get(id);
    if (!room) return;
    const { whispers } = room.entry;
    if (upTo === undefined && whispers && whispers.read < whispers.count) {
      this.#ground.client = model.applyWhispersRead(this.#ground.client, id, whispers.count);
      this.#whispersRead.set(id, whispers.count);
      this.#sendWhispersRead();
    }
    const { head, count } = room.entry.room;
    const { read } = room.entry;
    if (read.ordinal >= count) return;
    const line = upTo === undefined ? undefined : findMessage(room.timeline, upTo);
    if (upTo !== undefined && (!line || line.seq <= read.seq)) return;
    const to = line ? { seq: line.seq, ordinal: line.ordinal } : { seq: head, ordinal: count };
    this.#ground.client = model.applyLocalRead(this.#ground.client, id, to);
    this.#reads.set(id, to.seq);
    if (this.#readTimer) return;
    this.#readTimer = true;
    this.#ground.parts.clock.after(READ_PAUSE_MS, () => {
      this.#readTimer = false;
      this.#sendReads();
    });
  }

  #sendWhispersRead(): void {
    if (this.#ground.link !== "live") return;
    for (const [room, read] of this.#whispersRead) {
      const done = (): void => {
        if (this.#whispersRead.get(room) === read) this.#whispersRead.delete(room);
      };
      this.#ground.request({ type: "whispers_read", room, read }).then(done, (error: unknown) => {
        if (codeOf(error) !== "network") done();
      });
    }
  }

  /** From the message at `seq` on, everything is unread again. */
  async markUnread(room: string, seq: number): Promise<void> {
    // What is read and not told yet comes before it.
    const read = this.#reads.get(room);
    this.#reads.delete(room);
    if (read !== undefined) await this.#ground.request({ type: "read", room, seq: read });
    await this.#ground.request({ type: "unread", room, seq });
    this.#ground.flush();
  }

  /** Marked so on whatever device: what was read here before must not undo it. */
  onUnread(room: string): void {
    this.#reads.delete(room);
  }

  async notify(room: string, level: NotifyLevel): Promise<void> {
    await this.#ground.request({ type: "notify", room, level });
    this.#ground.flush();
  }

  #sendReads(): void {
    if (this.#ground.link !== "live") return;
    for (const [room, seq] of this.#reads) {
      this.#ground.request({ type: "read", room, seq }).then(
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
    const now = this.#ground.parts.clock.now();
    if (active) {
      if (now - (this.#typed.get(room) ?? 0) < TYPING_MS) return;
      this.#typed.set(room, now);
    } else if (!this.#typed.delete(room)) return;
    this.#ground.tell({ type: "typing", room, active });
  }

  /** The message itself says that one no longer writes it. */
  onSent(room: string): void {
    this.#typed.delete(room);
  }

  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#ground.tell({ type: "active", active });
  }

  /** Besides those one talks with in private and who wrote what is open: who else is on the screen. */
  watchAlso(users: readonly string[]): void {
    this.#watchMore = users;
    this.watch();
  }

  watch(): void {
    if (this.#ground.link !== "live") return;
    const peers = sortRooms(this.#ground.client)
      .map((r) => r.entry.peer?.id)
      .filter((id) => id !== undefined)
      .slice(0, WATCH_PEERS);
    const open = this.#ground.client.rooms.get(this.#ground.openRoom ?? "");
    const authors = open ? model.authorsOf(open.timeline, WATCH_AUTHORS) : [];
    const users = [...new Set([...this.#watchMore, ...authors, ...peers])].slice(0, WATCH_ALL);
    const key = users.join(" ");
    if (key === this.#watched) return;
    this.#watched = key;
    this.#ground.tell({ type: "watch", users });
  }
}
