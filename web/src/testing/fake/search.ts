/* Finding: plainly, by what stands in names and texts. */
import type { Found, FoundPart, Search } from "../../protocol/generated";
import { find } from "./accounts";
import { Refusal, type Commands, type Routes } from "./world";

const LIMIT = 25;

function parts(text: string, q: string): FoundPart[] {
  const at = text.toLowerCase().indexOf(q);
  const cut = [text.slice(0, at), text.slice(at, at + q.length), text.slice(at + q.length)];
  return cut
    .map((piece, i) => (i === 1 ? { text: piece, hit: true } : { text: piece }))
    .filter((p) => p.text !== "");
}

export const commands: Commands = {};

export const routes: Routes = {
  "GET /search": ({ world, me, query }): Search => {
    const q = (query.get("q") ?? "").trim().toLowerCase();
    const wanted = query.get("room");
    if (q === "") throw new Refusal("query_empty", 422);
    const rooms = [...world.rooms.values()];
    const messages = rooms
      .filter((r) => r.members.has(me.id) && (wanted === null || wanted === r.room.id))
      .flatMap((r) => r.messages)
      .filter((m) => m.kind !== "notice" && m.text.toLowerCase().includes(q))
      .sort((a, b) => b.at - a.at)
      .slice(0, LIMIT)
      .map((m): Found => ({
        id: m.id,
        room: m.room,
        seq: m.seq,
        at: m.at,
        user: world.users.get(m.author)!,
        parts: parts(m.text, q),
      }));
    if (wanted !== null) return { people: [], rooms: [], messages };
    return {
      people: find(world, q).slice(0, 10),
      rooms: rooms
        .filter((r) => r.room.kind !== "direct" && r.room.name.toLowerCase().includes(q))
        .filter((r) => r.room.kind === "open" || r.members.has(me.id))
        .map((r) => (r.members.has(me.id) ? { room: r.room, member: true } : { room: r.room })),
      messages,
    };
  },
};
