/* Names and sentences for things of the model. */
import type { I18n } from "../i18n/i18n";
import { plain } from "../markdown/parse";
import { lastWhisper } from "../model/rooms";
import type { Message, PresenceOf, RoomEntry, User } from "../protocol/generated";
import type { Chat } from "../state/chat.svelte";

export function roomTitle(entry: RoomEntry, chat: Chat, i18n: I18n): string {
  if (entry.room.kind !== "direct") return entry.room.name;
  if (!entry.peer || entry.peer.id === chat.me.id) return i18n.t("room.notes");
  return chat.nameOf(entry.peer.id) ?? entry.peer.display_name;
}

export function isNotes(entry: RoomEntry, me: User): boolean {
  return entry.room.kind === "direct" && (!entry.peer || entry.peer.id === me.id);
}

export function nameOf(chat: Chat, id: string, i18n: I18n): string {
  return chat.nameOf(id) ?? i18n.t("message.unknown");
}

/** What somebody is up to, unless its time is over. */
export function statusOf(
  user: User,
  now: number,
): { readonly emoji: string; readonly text: string } | undefined {
  const { status_emoji: emoji = "", status_text: text = "", status_until: until } = user;
  return (emoji === "" && text === "") || (until ?? Infinity) <= now ? undefined : { emoji, text };
}

export function noticeText(message: Message, chat: Chat, i18n: I18n): string {
  const { notice } = message;
  const actor = nameOf(chat, message.author, i18n);
  const subject = notice?.subject ? (chat.nameOf(notice.subject.id) ?? notice.subject.display_name) : "";
  const { t } = i18n;
  switch (notice?.kind) {
    case "created":
      return notice.name
        ? t("notice.created", { actor, name: notice.name })
        : t("notice.createdDirect", { actor });
    case "joined":
      return t("notice.joined", { actor });
    case "added":
      return t("notice.added", { actor, subject });
    case "left":
      return t("notice.left", { actor });
    case "removed":
      return t("notice.removed", { actor, subject });
    case "renamed":
      return t("notice.renamed", { actor, name: notice.name ?? "" });
    case "described":
      return notice.topic
        ? t("notice.described", { actor, topic: notice.topic })
        : t("notice.undescribed", { actor });
    case "picture":
      return notice.picture === undefined
        ? t("notice.unpictured", { actor })
        : t("notice.pictured", { actor });
    case "role":
      return t(`notice.role.${notice.role ?? "member"}`, { actor, subject });
    case "archived":
      return t("notice.archived", { actor });
    case "restored":
      return t("notice.restored", { actor });
    case "nick":
      return t("notice.nick", { actor, subject });
    default:
      return message.text;
  }
}

/** A line of the list: what stands before runs as the reader's language does, what somebody said in its own direction. */
export interface Line {
  readonly before: string;
  readonly text: string;
}

/** The last line in the list of conversations. */
export function preview(entry: RoomEntry, chat: Chat, i18n: I18n): Line {
  const { last } = entry;
  const { t } = i18n;
  const line = (text: string, before = ""): Line => ({ before, text });
  const from = (name: string): string => t("list.from", { name, text: "" });
  const whisper = lastWhisper(entry);
  if (whisper) {
    if (chat.isBlocked(whisper.author)) return line("", t("block.line"));
    const own = whisper.author === chat.me.id;
    const name = nameOf(chat, own ? whisper.to : whisper.author, i18n);
    return line(
      whisper.deleted_at === undefined ? plain(whisper.text, 120) : t("whisper.deleted"),
      from(t(own ? "whisper.to" : "whisper.from", { name })),
    );
  }
  if (!last) return line(entry.room.topic);
  if (entry.room.kind !== "direct" && chat.isBlocked(last.author)) return line("", t("block.line"));
  if (last.kind === "notice") return line("", noticeText(last, chat, i18n));
  const text = last.deleted_at === undefined ? plain(last.text, 120) : t("list.deleted");
  const name = nameOf(chat, last.author, i18n);
  if (last.kind === "action") return line(text, i18n.fill("{name} ", { name }));
  if (isNotes(entry, chat.me)) return line(text);
  if (last.author === chat.me.id) return line(text, t("list.you", { text: "" }));
  return line(text, entry.room.kind === "direct" ? "" : from(name));
}

export function presenceText(of: PresenceOf | undefined, i18n: I18n): string {
  if (!of) return "";
  if (of.state === "offline" && of.last_seen_at !== undefined) {
    return i18n.t("presence.lastSeen", { when: i18n.brief(of.last_seen_at) });
  }
  return i18n.t(`presence.${of.state}`);
}

export function typingText(names: readonly string[], i18n: I18n): string {
  const [a, b] = names;
  if (a === undefined) return "";
  if (b === undefined) return i18n.t("typing.one", { a });
  return names.length === 2 ? i18n.t("typing.two", { a, b }) : i18n.t("typing.many");
}
