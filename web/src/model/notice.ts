/* A notice in the timeline is also the change itself: name, topic, number of members and roles follow from it. */
import type { Message, RoomEntry } from "../protocol/generated";

export function applyNotice(entry: RoomEntry, message: Message, me: string): RoomEntry {
  const { notice } = message;
  if (!notice) return entry;
  const { room } = entry;
  switch (notice.kind) {
    case "created":
    case "nick":
    case "text":
      return entry;
    case "joined":
    case "added":
      return { ...entry, room: { ...room, member_count: room.member_count + 1 } };
    case "left":
    case "removed":
      return { ...entry, room: { ...room, member_count: Math.max(0, room.member_count - 1) } };
    case "archived":
      return { ...entry, room: { ...room, archived: true } };
    case "restored": {
      const { archived, ...rest } = room;
      return { ...entry, room: rest };
    }
    case "renamed":
      return { ...entry, room: { ...room, name: notice.name ?? room.name } };
    case "described":
      return { ...entry, room: { ...room, topic: notice.topic ?? "" } };
    case "picture": {
      const { picture: _, ...rest } = room;
      return {
        ...entry,
        room: notice.picture === undefined ? rest : { ...rest, picture: notice.picture },
      };
    }
    case "role":
      return notice.role && notice.subject?.id === me ? { ...entry, role: notice.role } : entry;
  }
}
