/* What one puts on messages: reactions, pins, stars, deletions for oneself. */
import { react } from "../model/marks";
import type { Message, Reaction } from "../protocol/generated";
import type { Ground } from "./ground";

function touchKey(message: Message, emoji: string): string {
  return `${message.id} ${emoji}`;
}

export class Marks {
  /** Reactions that are on their way, as they will be: by message and emoji. */
  touched = $state.raw<ReadonlyMap<string, boolean>>(new Map());

  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Shown at once; the server's frame takes its place, or it is taken back. */
  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const key = touchKey(message, emoji);
    this.touched = new Map(this.touched).set(key, on);
    try {
      await this.#ground.request({
        type: "react",
        room: message.room,
        message: message.id,
        emoji,
        on,
      });
      this.#ground.flush();
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
    await this.#ground.request({ type: "pin", room: message.room, message: message.id, on });
  }

  async star(message: Message, on: boolean): Promise<void> {
    await this.#ground.request({ type: "star", room: message.room, message: message.id, on });
    this.#ground.flush();
  }

  /** Deletes it for oneself alone. */
  async hide(message: Message): Promise<void> {
    await this.#ground.request({ type: "hide", room: message.room, message: message.id });
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
}
