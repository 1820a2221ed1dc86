/* Rooms: who may do what, and what those who may not can tell. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Member, Message, Problem, Room, RoomEntry, RoomKind } from "../../web/src/protocol/generated";
import { Person, newClientId, type Answer } from "./harness/api";
import { Live } from "./harness/live";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

let server: Server;
let people: Record<Role, Person>;
type Role = "owner" | "admin" | "member" | "outsider";
const ROLES: Role[] = ["owner", "admin", "member", "outsider"];

beforeAll(async () => {
  server = await Server.start();
  await Person.signUp(server, "first"); // the server's owner is nobody special in rooms
  const [owner, admin, member, outsider] = await Promise.all(ROLES.map((r) => Person.signUp(server, `r-${r}`)));
  people = { owner: owner!, admin: admin!, member: member!, outsider: outsider! };
});
afterAll(async () => {
  await server.stop();
});

let rooms = 0;

/** A room of the kind with all roles in it, and one line of each member's. */
async function make(kind: RoomKind): Promise<{ room: string; lines: Record<Role, Message> }> {
  const { owner, admin, member } = people;
  const name = `Room ${String(++rooms)}`;
  let room: string;
  if (kind === "direct") {
    room = (await owner.direct(member)).room.id;
  } else {
    room = (await (kind === "open" ? owner.open(name, admin, member) : owner.group(name, admin, member))).room.id;
    await owner.do("PATCH", `/rooms/${room}/members/${admin.id}`, { role: "admin" });
  }
  const lines = {} as Record<Role, Message>;
  for (const role of ROLES) {
    if (role === "outsider" || (kind === "direct" && role === "admin")) continue;
    lines[role] = await people[role].send(room, `of ${role}`);
  }
  return { room, lines };
}

interface Act {
  readonly name: string;
  readonly run: (who: Person, at: { room: string; lines: Record<Role, Message> }) => Promise<Answer>;
  /** Status for owner, admin, member, outsider. */
  readonly group: readonly number[];
  readonly open: readonly number[];
  /** Status for both, and for an outsider. */
  readonly direct: readonly number[];
}

const path = (at: { room: string }, rest = ""): string => `/rooms/${at.room}${rest}`;
const other = (): Promise<Person> => Person.signUp(server);

const ACTS: Act[] = [
  { name: "see", run: (p, at) => p.ask("GET", path(at)), group: [200, 200, 200, 404], open: [200, 200, 200, 200], direct: [200, 404] },
  { name: "entry", run: (p, at) => p.ask("GET", path(at, "/entry")), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "read", run: (p, at) => p.ask("GET", path(at, "/messages")), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "one line", run: (p, at) => p.ask("GET", path(at, `/messages/${at.lines.owner.id}`)), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "history", run: (p, at) => p.ask("GET", path(at, `/messages/${at.lines.owner.id}/edits`)), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "members", run: (p, at) => p.ask("GET", path(at, "/members")), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "seen", run: (p, at) => p.ask("GET", path(at, "/seen")), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "mark read", run: (p, at) => p.ask("PUT", path(at, "/read"), { seq: 1 }), group: [200, 200, 200, 404], open: [200, 200, 200, 404], direct: [200, 404] },
  { name: "write", run: (p, at) => p.ask("POST", path(at, "/messages"), { client_id: newClientId(), text: "hi" }), group: [201, 201, 201, 404], open: [201, 201, 201, 404], direct: [201, 404] },
  { name: "edit the owner's", run: (p, at) => p.ask("PATCH", path(at, `/messages/${at.lines.owner.id}`), { text: "new" }), group: [200, 403, 403, 404], open: [200, 403, 403, 404], direct: [200, 404] },
  { name: "delete the owner's", run: (p, at) => p.ask("DELETE", path(at, `/messages/${at.lines.owner.id}`)), group: [204, 204, 403, 404], open: [204, 204, 403, 404], direct: [204, 404] },
  { name: "delete a member's", run: (p, at) => p.ask("DELETE", path(at, `/messages/${at.lines.member.id}`)), group: [204, 204, 204, 404], open: [204, 204, 204, 404], direct: [403, 404] },
  { name: "rename", run: (p, at) => p.ask("PATCH", path(at), { name: `New ${at.room}` }), group: [200, 200, 403, 404], open: [200, 200, 403, 403], direct: [403, 404] },
  { name: "describe", run: (p, at) => p.ask("PATCH", path(at), { topic: "what we do" }), group: [200, 200, 403, 404], open: [200, 200, 403, 403], direct: [403, 404] },
  { name: "add somebody", run: async (p, at) => p.ask("POST", path(at, "/members"), { user: (await other()).id }), group: [200, 200, 403, 404], open: [200, 200, 200, 403], direct: [403, 404] },
  { name: "join", run: (p, at) => p.ask("POST", path(at, "/members"), { user: p.id }), group: [200, 200, 200, 404], open: [200, 200, 200, 200], direct: [200, 404] },
  { name: "give a role", run: (p, at) => p.ask("PATCH", path(at, `/members/${people.member.id}`), { role: "admin" }), group: [200, 403, 403, 404], open: [200, 403, 403, 403], direct: [403, 404] },
  { name: "remove a member", run: (p, at) => p.ask("DELETE", path(at, `/members/${people.member.id}`)), group: [204, 204, 204, 404], open: [204, 204, 204, 403], direct: [403, 404] },
  { name: "remove an admin", run: (p, at) => p.ask("DELETE", path(at, `/members/${people.admin.id}`)), group: [204, 204, 403, 404], open: [204, 204, 403, 403], direct: [403, 404] },
  { name: "remove the owner", run: (p, at) => p.ask("DELETE", path(at, `/members/${people.owner.id}`)), group: [204, 403, 403, 404], open: [204, 403, 403, 403], direct: [403, 404] },
  { name: "leave", run: (p, at) => p.ask("DELETE", path(at, `/members/${p.id}`)), group: [204, 204, 204, 404], open: [204, 204, 204, 404], direct: [403, 404] },
  { name: "delete", run: (p, at) => p.ask("DELETE", path(at)), group: [204, 403, 403, 404], open: [204, 403, 403, 403], direct: [403, 404] },
];

describe.each(["group", "open", "direct"] as const)("in a room that is %s", (kind) => {
  test.each(ACTS)("who may $name", async (act) => {
    const who: Role[] = kind === "direct" ? ["owner", "outsider"] : ROLES;
    const got = await Promise.all(
      who.map(async (role) => {
        const at = await make(kind);
        const answer = await act.run(people[role], at);
        // Whoever left or was let in must not be so in the next case: each has a room of its own, but pairs have one.
        return answer.status;
      }),
    );
    expect(Object.fromEntries(who.map((r, i) => [r, got[i]]))).toEqual(Object.fromEntries(who.map((r, i) => [r, act[kind][i]])));
  });
});

test("an outsider can't tell a private room from none: same status, same words, same headers", async () => {
  const at = await make("group");
  const nothing = { room: people.owner.id, lines: at.lines }; // an id, but of no room
  const shape = (a: Answer): unknown => [a.status, a.text, Object.keys(a.headers).sort()];
  for (const act of ACTS) {
    const there = await act.run(people.outsider, at);
    const nowhere = await act.run(people.outsider, nothing);
    expect([act.name, shape(there)]).toEqual([act.name, shape(nowhere)]);
  }
  const listed = await people.outsider.do<{ items: Room[] }>("GET", "/rooms/open?limit=100");
  expect(listed.items.some((r) => r.id === at.room)).toBe(false);
  const own = await people.outsider.do<{ items: RoomEntry[] }>("GET", "/rooms");
  expect(own.items.some((e) => e.room.id === at.room)).toBe(false);
});

test("a message can't be reached through another room", async () => {
  const [a, b] = [await make("group"), await make("group")];
  const crossed = `/rooms/${b.room}/messages/${a.lines.owner.id}`;
  const cases: [string, string, unknown?][] = [["GET", crossed], ["GET", `${crossed}/edits`], ["PATCH", crossed, { text: "x" }], ["DELETE", crossed]];
  for (const [method, where, body] of cases) {
    expect([method, (await people.owner.ask(method, where, body)).status]).toEqual([method, 404]);
  }
});

describe("direct rooms", () => {
  test("are one per pair, from both sides, however many ask at once", async () => {
    const [ann, bob] = await Promise.all([Person.signUp(server), Person.signUp(server)]);
    const body = (user: Person): unknown => ({ kind: "direct", user: user.id });
    const asked = [0, 1, 2, 3].flatMap(() => [ann.ask<RoomEntry>("POST", "/rooms", body(bob)), bob.ask<RoomEntry>("POST", "/rooms", body(ann))]);
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((a) => a.body.room.id)).size).toBe(1);
    expect(answers.map((a) => a.status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(answers[0]!.body.peer?.id).toBe(bob.id);
    expect(answers[1]!.body.peer?.id).toBe(ann.id);
  });

  test("with oneself are for notes", async () => {
    const ann = await Person.signUp(server);
    const entry = await ann.direct(ann);
    expect([entry.peer?.id, entry.room.member_count]).toEqual([ann.id, 1]);
    expect((await ann.direct(ann)).room.id).toBe(entry.room.id);
    await ann.send(entry.room.id, "milk");
  });

  test("with nobody are not", async () => {
    const answer = await people.owner.ask("POST", "/rooms", { kind: "direct", user: (await make("group")).room });
    expect([answer.status, (answer.body as Problem).code]).toEqual([404, "not_found"]);
  });
});

describe("open rooms", () => {
  test("are found by words of name and topic, largest first, in pages", async () => {
    const ann = await Person.signUp(server);
    const tag = `zebra${String(Date.now())}`;
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      const members = i % 3 === 0 ? [people.owner, people.admin] : [];
      made.push((await ann.open(`${tag} number ${String(i)}`, ...members)).room.id);
    }
    const found: Room[] = [];
    for (let cursor = ""; ; ) {
      const page = await people.outsider.do<{ items: Room[]; next?: string }>("GET", `/rooms/open?q=${tag}&limit=2${cursor}`);
      found.push(...page.items);
      expect(page.items.length).toBeLessThanOrEqual(2);
      if (!page.next) break;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
    expect(found.map((r) => r.id).sort()).toEqual(made.sort());
    expect(found.map((r) => r.member_count)).toEqual([3, 3, 3, 1, 1, 1, 1]);
    const odd = await people.outsider.ask("GET", "/rooms/open?cursor=nonsense");
    expect([odd.status, (odd.body as Problem).code]).toEqual([400, "cursor_invalid"]);
  });

  test("have names of their own, whatever the case", async () => {
    await people.owner.open("Only One");
    const taken = await people.admin.ask("POST", "/rooms", { kind: "open", name: "ONLY one" });
    expect([taken.status, (taken.body as Problem).code]).toEqual([409, "room_name_taken"]);
    const second = await people.admin.open("Another");
    const renamed = await people.admin.ask("PATCH", `/rooms/${second.room.id}`, { name: "only ONE" });
    expect([renamed.status, (renamed.body as Problem).code]).toEqual([409, "room_name_taken"]);
    await people.admin.group("Only One");
  });

  test.each([
    [{ kind: "open", name: "" }, 422, "room_name_invalid"],
    [{ kind: "open", name: "x".repeat(81) }, 422, "room_name_invalid"],
    [{ kind: "group", name: "a\u0007b" }, 422, "room_name_invalid"],
    [{ kind: "group", name: "ok", topic: "x".repeat(501) }, 422, "topic_invalid"],
    [{ kind: "group" }, 400, "field_missing"],
    [{ kind: "castle", name: "x" }, 400, "field_invalid"],
    [{ name: "x" }, 400, "field_missing"],
    [{ kind: "group", name: "x", members: "all" }, 400, "field_invalid"],
    [{ kind: "group", name: "x", members: ["nonsense"] }, 400, "field_invalid"],
    [{ kind: "group", name: "x", members: [0] }, 400, "field_invalid"],
  ])("are not made of %j", async (body, status, code) => {
    const answer = await people.owner.ask("POST", "/rooms", body);
    expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
  });
});

describe("members", () => {
  test("the longest-serving admin, or else member, follows an owner who leaves; a group goes with its last member", async () => {
    const [a, b, c] = [await Person.signUp(server), await Person.signUp(server), await Person.signUp(server)];
    const { room } = await a.group("Heirs", b, c);
    await a.do("PATCH", `/rooms/${room.id}/members/${c.id}`, { role: "admin" });
    await a.do("DELETE", `/rooms/${room.id}/members/${a.id}`);
    expect((await c.do<RoomEntry>("GET", `/rooms/${room.id}/entry`)).role).toBe("owner");
    await c.do("DELETE", `/rooms/${room.id}/members/${c.id}`);
    expect((await b.do<RoomEntry>("GET", `/rooms/${room.id}/entry`)).role).toBe("owner");
    await b.do("DELETE", `/rooms/${room.id}/members/${b.id}`);
    expect((await b.ask("GET", `/rooms/${room.id}`)).status).toBe(404);
  });

  test("making somebody owner hands the room over", async () => {
    const { room } = await make("group");
    await people.owner.do("PATCH", `/rooms/${room}/members/${people.member.id}`, { role: "owner" });
    const list = await people.owner.do<{ items: Member[] }>("GET", `/rooms/${room}/members`);
    const roles = Object.fromEntries(list.items.map((m) => [m.user.name, m.role]));
    expect(roles).toEqual({ "r-owner": "admin", "r-admin": "admin", "r-member": "owner" });
  });

  test("are added at once however many try, and told once", async () => {
    const { room } = await make("open");
    const ann = await Person.signUp(server);
    const live = await Live.open(ann);
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => people.owner.ask("POST", `/rooms/${room}/members`, { user: ann.id })),
      ...Array.from({ length: 4 }, () => ann.ask("POST", `/rooms/${room}/members`, { user: ann.id })),
    ]);
    expect(answers.map((a) => a.status)).toEqual(Array.from({ length: 8 }, () => 200));
    await live.next("room_added");
    await live.command({ type: "ping" });
    expect(live.of("room_added").length).toBe(1);
    expect((await ann.do<Room>("GET", `/rooms/${room}`)).member_count).toBe(4);
    const notices = (await ann.timeline(room)).messages.filter((m) => m.notice?.kind === "joined" || m.notice?.subject?.id === ann.id);
    expect(notices.length).toBe(1);
    live.close();
  });

  test("are found by name, by display name, in pages", async () => {
    const folk = await Promise.all(Array.from({ length: 9 }, (_, i) => Person.signUp(server, `folk${String(i)}`, `Folk ${String(9 - i)}`)));
    const { room } = await people.owner.group("Folk", ...folk);
    const names: string[] = [];
    for (let cursor = ""; ; ) {
      const page = await people.owner.do<{ items: Member[]; next?: string }>("GET", `/rooms/${room.id}/members?limit=4${cursor}`);
      names.push(...page.items.map((m) => m.user.display_name));
      if (!page.next) break;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
    expect(names).toEqual([...Array.from({ length: 9 }, (_, i) => `Folk ${String(i + 1)}`), "r-owner"]);
    const found = await people.owner.do<{ items: Member[] }>("GET", `/rooms/${room.id}/members?q=folk3`);
    expect(found.items.map((m) => m.user.name)).toEqual(["folk3"]);
  });

  test("see every change as a notice, in order, and the room follows from them", async () => {
    const { owner, admin, member } = people;
    const { room } = await owner.group("Story", member);
    const live = await Live.open(member);
    await owner.do("POST", `/rooms/${room.id}/members`, { user: admin.id });
    await owner.do("PATCH", `/rooms/${room.id}`, { name: "Saga" });
    await owner.do("PATCH", `/rooms/${room.id}`, { topic: "long" });
    await owner.do("PATCH", `/rooms/${room.id}/members/${admin.id}`, { role: "admin" });
    await admin.do("DELETE", `/rooms/${room.id}/members/${admin.id}`);
    await live.until((l) => l.of("message", room.id).length >= 5, "five notices");
    expect(live.of("message", room.id).map((f) => f.message.notice?.kind)).toEqual(["added", "renamed", "described", "role", "left"]);
    expect(live.violations).toEqual([]);
    const entry = must((await member.do<{ items: RoomEntry[] }>("GET", "/rooms")).items.find((e) => e.room.id === room.id));
    expect(entry.room).toMatchObject({ name: "Saga", topic: "long", member_count: 2, count: 0 });
    live.close();
  });
});
