/* Whom messages call, and what one was called in. */
import { namesIn } from "../../markdown/parse";
import { callsMe, CALL_ALL, MENTIONED_MOST } from "../../model/mentions";
import type { Call, Mention, Mentioned, Message, User } from "../../protocol/generated";
import { placeOf, type Commands, type FakeRoom, type Routes, type World } from "./world";

/** As the message or its edit tells it; nothing where nobody is called. */
export function called(
  world: World,
  room: FakeRoom,
  author: User,
  text: string,
): { mentions?: readonly Mention[] } {
  const role = room.members.get(author.id)?.role ?? "member";
  const mayAll = room.room.kind !== "direct" && (role !== "member" || room.members.size <= 20);
  const mentions = namesIn(text).flatMap((name): Mention[] => {
    if (CALL_ALL.some((all) => all === name)) return mayAll ? [{ name }] : [];
    const user = [...world.users.values()].find((u) => u.name === name);
    return user && user.id !== author.id ? [{ name, user: user.id }] : [];
  });
  return mentions.length > 0 ? { mentions } : {};
}

function calling(world: World, room: FakeRoom, user: string): Message[] {
  const { hidden } = world.own(user);
  return room.messages.filter(
    (m) => m.author !== user && callsMe(m.mentions, user) && !hidden.has(placeOf(m)),
  );
}

/** For the room's entry. */
export function unreadCalls(world: World, room: FakeRoom, user: string): { mentioned?: readonly Call[] } {
  const from = room.members.get(user)?.read.seq ?? 0;
  const calls = calling(world, room, user)
    .filter((m) => m.seq > from)
    .map(({ seq, author }) => ({ seq, author }));
  return calls.length > 0 ? { mentioned: calls.slice(-MENTIONED_MOST) } : {};
}

export const commands: Commands = {};

export const routes: Routes = {
  "GET /me/mentions": ({ world, me }) => {
    const mine = [...world.rooms.values()].filter((r) => r.members.has(me.id));
    const items: Mentioned[] = mine
      .flatMap((room) => calling(world, room, me.id))
      .sort((a, b) => b.at - a.at)
      .map((message) => ({ message, user: world.users.get(message.author)! }));
    return { items };
  },
};
