/* Which messages one wants to be told of. */
import type { Message, RoomEntry, User } from "../protocol/generated";
import { callsMe } from "./mentions";

/** `if-answer`: if the message that it answers is one's own; whoever asks has to look. */
export type Concern = "yes" | "no" | "if-answer";

export function concern(entry: RoomEntry, message: Message, me: User): Concern {
  if (message.author === me.id || message.kind === "notice" || message.hidden === true) return "no";
  switch (entry.notify ?? "all") {
    case "all":
      return "yes";
    case "nothing":
      return "no";
    case "mentions":
      if (entry.room.kind === "direct" || callsMe(message.mentions, me.id)) return "yes";
      return message.reply_to === undefined ? "no" : "if-answer";
  }
}
