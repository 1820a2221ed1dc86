/* What stands on a message: reactions, a pin, one's own star; and how a message looks after a change of it. */
import type { Message, Reaction, ReactionFrame } from "../protocol/generated";
import type { Change, OwnChange } from "./timeline";

/** What is deleted, for everybody or for oneself, stays so, whatever comes late. */
function isGone(message: Message): boolean {
  return message.deleted_at !== undefined || message.hidden === true;
}

function bare(message: Message): Message {
  const { reactions, pinned, starred, mentions, ...rest } = message;
  return rest;
}

/** A message after something happened to it, as `me` sees it. */
export function changed(me: string): (message: Message, frame: Change) => Message {
  return (message, frame) => {
    if (isGone(message)) return message;
    switch (frame.type) {
      case "edit": {
        const { mentions, ...rest } = message;
        const called = frame.mentions ? { mentions: frame.mentions } : {};
        return { ...rest, ...called, text: frame.text, edited_at: frame.at };
      }
      case "delete":
        return { ...bare(message), text: "", deleted_at: frame.at };
      case "reaction":
        return withReactions(message, react(message.reactions ?? [], frame, frame.actor === me));
      case "pin": {
        const { pinned, ...rest } = message;
        return frame.on ? { ...rest, pinned: true } : rest;
      }
    }
  };
}

export function ownChanged(message: Message, frame: OwnChange): Message {
  if (frame.type === "hidden") return hidden(message);
  if (frame.type === "removed")
    return message.hidden === true ? message : { ...message, removed: frame.reason };
  if (isGone(message)) return message;
  const { starred, ...rest } = message;
  return frame.on ? { ...rest, starred: true } : rest;
}

/** Of what one has deleted for oneself only its place is left. */
function hidden(message: Message): Message {
  const { edited_at, deleted_at, removed, ...rest } = bare(message);
  return { ...rest, text: "", hidden: true };
}

function withReactions(message: Message, next: readonly Reaction[]): Message {
  const { reactions, ...rest } = message;
  return next.length > 0 ? { ...rest, reactions: next } : rest;
}

type Touch = Pick<ReactionFrame, "emoji" | "on">;

/** In the order in which each emoji came first; one that nobody holds any more goes. */
export function react(reactions: readonly Reaction[], touch: Touch, mine: boolean): readonly Reaction[] {
  const { emoji, on } = touch;
  const known = reactions.find((r) => r.emoji === emoji);
  if (!known) return on ? [...reactions, { emoji, count: 1, ...(mine ? { mine: true } : {}) }] : reactions;
  const count = known.count + (on ? 1 : -1);
  if (count <= 0) return reactions.filter((r) => r !== known);
  const isMine = mine ? on : known.mine === true;
  const next: Reaction = { emoji, count, ...(isMine ? { mine: true } : {}) };
  return reactions.map((r) => (r === known ? next : r));
}
