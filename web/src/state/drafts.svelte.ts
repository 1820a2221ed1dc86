/* What one has begun to write, in each room. It follows the person: what stands here is written to this device at once, told
 * to the server when the writing pauses, and kept here until the server has it. The server keeps the draft that was written
 * last, whichever device comes first. */
import { codeOf } from "../protocol/problem";
import type { Draft } from "../protocol/generated";
import type { Ground } from "./ground";
import { RoomNotes } from "./room-notes.svelte";

/** After so long without a key it goes to the other devices; while one writes on, so often. */
const PAUSE_MS = 1_200;
const LONGEST_MS = 6_000;

export class Drafts {
  /** Written here, and not on the server yet; an empty text is one that is gone. */
  readonly #mine: RoomNotes<Draft>;
  readonly #ground: Ground;
  readonly #timers = new Map<string, { cancel: () => void; first: number }>();
  /** Rooms of which the server has been told something that it may keep. */
  readonly #told = new Set<string>();

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#mine = new RoomNotes(ground, "drafts");
  }

  start(): void {
    this.#mine.start();
  }

  onLive(): void {
    for (const room of this.#mine.all.keys()) void this.#tell(room);
  }

  of(room: string): Draft | undefined {
    const draft = this.#mine.all.get(room) ?? this.#ground.client.rooms.get(room)?.entry.draft;
    return draft?.text === "" ? undefined : draft;
  }

  write(room: string, typed: string, replyTo?: number): void {
    const text = typed.trim() === "" ? "" : typed;
    const reply = text === "" ? undefined : replyTo;
    const before = this.of(room);
    if ((before?.text ?? "") === text && before?.reply_to === reply) return;
    const known = this.#told.has(room) || this.#ground.client.rooms.get(room)?.entry.draft !== undefined;
    if (text === "" && !known) {
      this.#timers.get(room)?.cancel();
      this.#timers.delete(room);
      this.#mine.put(room, undefined);
      return;
    }
    const { clock } = this.#ground.parts;
    this.#mine.put(room, { text, ...(reply === undefined ? {} : { reply_to: reply }), at: clock.now() });
    const waiting = this.#timers.get(room);
    const first = waiting?.first ?? clock.now();
    waiting?.cancel();
    const pause = text === "" ? 0 : Math.min(PAUSE_MS, Math.max(0, first + LONGEST_MS - clock.now()));
    this.#timers.set(room, { first, cancel: clock.after(pause, () => void this.#tell(room)) });
  }

  /** What is not told yet is told now: one goes elsewhere. */
  leave(room: string): void {
    if (this.#timers.has(room)) void this.#tell(room);
  }

  async #tell(room: string): Promise<void> {
    this.#timers.get(room)?.cancel();
    this.#timers.delete(room);
    const draft = this.#mine.all.get(room);
    if (!draft || this.#ground.link !== "live") return;
    const { text, reply_to } = draft;
    this.#told.add(room);
    try {
      const age_ms = Math.max(0, this.#ground.parts.clock.now() - draft.at);
      const now = (await this.#ground.request({
        type: "draft",
        room,
        text,
        ...(reply_to === undefined ? {} : { reply_to }),
        age_ms,
      })) as Draft;
      if (now.text === "") this.#told.delete(room);
    } catch (error) {
      // Without a network it waits; what the server does not take (too long, as yet) stays on this device.
      if (codeOf(error) !== "not_found") return;
    }
    this.#ground.flush();
    if (this.#mine.all.get(room) === draft) this.#mine.put(room, undefined);
  }

  /** Whoever signs out leaves nothing behind. */
  forget(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#mine.forget();
  }
}
