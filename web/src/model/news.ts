/* What was said just now, aloud or to oneself alone, and whether one wants to be told of it. */
import type { MessageFrame, RoomEntry, User, WhisperFrame } from "../protocol/generated";
import { callsMe } from "./mentions";

/** As it was told. A whisper has a place among the room's lines, and a number of its own by which it is read. */
export type News = MessageFrame | WhisperFrame;

/** What news of both kinds have. */
export interface Said {
  readonly id: string;
  readonly author: string;
  readonly room: string;
  readonly text: string;
  /** The line, or the place of the whisper. */
  readonly seq: number;
  readonly whisper?: string;
}

export function saidIn(news: News): Said {
  if (news.type === "message") return news.message;
  const { id, author, room, text, place } = news.whisper;
  return { id, author, room, text, seq: place, whisper: id };
}

/** Who said it, or, of a whisper of one's own, who heard it. */
export function speaker(news: News): User {
  return news.type === "message" ? news.user : news.with;
}

/** `if-answer`: if the message that it answers is one's own; whoever asks has to look. */
export type Concern = "yes" | "no" | "if-answer";

export function concern(entry: RoomEntry, news: News, me: User): Concern {
  const level = entry.notify ?? "all";
  if (level === "nothing") return "no";
  if (news.type === "whisper") {
    const { to, edited_at, deleted_at } = news.whisper;
    return to === me.id && edited_at === undefined && deleted_at === undefined ? "yes" : "no";
  }
  const { message } = news;
  if (message.author === me.id || message.kind === "notice" || message.hidden === true) return "no";
  if (level === "all" || entry.room.kind === "direct" || callsMe(message.mentions, me.id)) return "yes";
  return message.reply_to === undefined ? "no" : "if-answer";
}

/** By what it is told that it is read: the number of a line, or that of a whisper to oneself. */
export interface Placed {
  readonly room: string;
  readonly seq?: number;
  readonly whispered?: number;
}

export function placed({ room, ...news }: News): Placed {
  return news.type === "message"
    ? { room, seq: news.message.seq }
    : { room, whispered: news.whisper.ordinal };
}

/** By whatever device. */
export function isRead(entry: RoomEntry, { seq = 0, whispered = 0 }: Placed): boolean {
  return entry.read.seq >= seq && (entry.whispers?.read ?? 0) >= whispered;
}
