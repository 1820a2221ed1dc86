/* What two of a room say to each other: it has a place among the lines, and is told to the two alone. */
import type { Whispers, User, Whisper } from "../../protocol/generated";
import type { Commands, FakeRoom, World } from "./world";

export function whisper(world: World, room: FakeRoom, from: User, to: User, text: string): Whisper {
  const said: Whisper = {
    id: world.newId("w"),
    room: room.room.id,
    place: room.room.head,
    ordinal: room.whispers.filter((w) => w.to === to.id).length + 1,
    kind: "text",
    author: from.id,
    to: to.id,
    at: world.now(),
    text,
    client_id: world.newId("c"),
  };
  room.whispers.push(said);
  for (const [user, other] of [
    [from, to],
    [to, from],
  ] as const)
    world.toUser(user.id, (useq) => ({
      type: "whisper",
      useq,
      room: room.room.id,
      whisper: said,
      with: other,
    }));
  return said;
}

export function whispersRead(world: World, room: FakeRoom, user: User, read: number): void {
  const member = room.members.get(user.id)!;
  if (read <= (member.whispersRead ?? 0)) return;
  member.whispersRead = read;
  world.toUser(user.id, (useq) => ({ type: "whispers_read", useq, room: room.room.id, read }));
}

export function heardBy(room: FakeRoom, user: string): readonly Whisper[] {
  return room.whispers.filter((w) => w.author === user || w.to === user);
}

/** For the room's entry. */
export function whispersOf(world: World, room: FakeRoom, user: string): { whispers?: Whispers } {
  const mine = heardBy(room, user);
  const last = mine.at(-1);
  if (!last) return {};
  const read = room.members.get(user)?.whispersRead ?? 0;
  const other = world.users.get(last.author === user ? last.to : last.author)!;
  return { whispers: { count: mine.filter((w) => w.to === user).length, read, last, with: other } };
}

export const commands: Commands = {
  whispers_read(world, me, { room, read }) {
    whispersRead(world, world.roomOf(room, me), me, read);
  },
};
