/* Blocking: no private messages, no new private conversation, no presence; and the other one hears nothing of it. */
import { expect, test } from "vitest";
import type { Blocked, ClientCommand, Invite, Problem, Room } from "../../web/src/protocol/generated";
import type { Person } from "./harness/api";
import { Live } from "./harness/live";
import { ann, bob, eve, withThree } from "./harness/three";

withThree();

const direct = (one: Person, other: Person) => one.ask("POST", "/rooms", { kind: "direct", user: other.user.id });
const roomOf = async (one: Person, other: Person): Promise<string> => ((await direct(one, other)).body as { room: Room }).room.id;
const code = (answer: { status: number; body: unknown }) => [answer.status, (answer.body as Problem).code];

test("live: one's own devices hear of it, the other one sees nobody there any more", async () => {
  const room = await roomOf(ann, bob);
  const [desk, phone, his] = [await Live.open(ann), await Live.open(ann), await Live.open(bob)];
  await his.command({ type: "watch", users: [ann.user.id, eve.user.id] });
  expect((await his.next("presence")).of[0]).toMatchObject({ user: ann.user.id, state: "online" });
  await desk.command({ type: "watch", users: [bob.user.id] });
  expect((await desk.next("presence")).of[0]).toMatchObject({ state: "online" });

  await desk.command({ type: "block", user: bob.user.id });
  expect(await phone.next("blocked")).toMatchObject({ user: { id: bob.user.id }, on: true });
  // Both are asked anew: each is away for the other, without a word of when they were last there.
  expect((await his.next("presence")).of[0]).toEqual({ user: ann.user.id, state: "offline" });
  expect((await desk.next("presence")).of[0]).toEqual({ user: bob.user.id, state: "offline" });
  expect(his.frames.filter((f) => f.type === "blocked")).toEqual([]);
  await expect(his.command({ type: "send", room, client_id: "b1", text: "hey" })).rejects.toMatchObject({
    problem: { status: 403, code: "write_refused" },
  });
  // Nothing that she does shows: the next presence that he hears of is somebody else's.
  await desk.command({ type: "active", active: false });
  await phone.command({ type: "active", active: false });
  const eves = await Live.open(eve);
  expect((await his.next("presence")).of).toEqual([{ user: eve.user.id, state: "online" }]);

  const snapshot = await Live.open(ann);
  expect(snapshot.of("ready")[0]?.blocked).toEqual([bob.user.id]);
  await phone.command({ type: "block", user: bob.user.id, on: false });
  expect(await snapshot.next("blocked")).toMatchObject({ on: false });
  expect((await his.next("presence")).of.find((p) => p.user === ann.user.id)?.state).toMatch(/online|away/);
  await his.command({ type: "send", room, client_id: "b1", text: "hey" });
  for (const live of [desk, phone, his, eves, snapshot]) live.close();
});

test("who asks for presence while blocked hears of nobody", async () => {
  await eve.do("PUT", `/me/blocked/${bob.user.id}`);
  const [his, hers] = [await Live.open(bob), await Live.open(eve)];
  await his.command({ type: "watch", users: [eve.user.id] });
  expect((await his.next("presence")).of).toEqual([{ user: eve.user.id, state: "offline" }]);
  await eve.do("DELETE", `/me/blocked/${bob.user.id}`);
  expect((await his.next("presence")).of).toMatchObject([{ state: "online" }]);
  his.close();
  hers.close();
});

test("over HTTP: no new conversation, the one that is there is found, the list tells whom", async () => {
  await eve.do("PUT", `/me/blocked/${bob.user.id}`);
  await eve.do("PUT", `/me/blocked/${bob.user.id}`);
  expect(code(await direct(bob, eve))).toEqual([403, "write_refused"]);
  expect(code(await direct(eve, bob))).toEqual([403, "write_refused"]);
  await ann.do("PUT", `/me/blocked/${bob.user.id}`);
  expect((await direct(bob, ann)).status).toBe(200);
  const list = await ann.do<{ items: Blocked[] }>("GET", "/me/blocked");
  expect(list.items.map((b) => b.user.name)).toEqual(["bob"]);
  expect((await bob.do<{ items: Blocked[] }>("GET", "/me/blocked")).items).toEqual([]);
  await eve.do("DELETE", `/me/blocked/${bob.user.id}`);
  expect((await direct(bob, eve)).status).toBe(201);
  await ann.do("DELETE", `/me/blocked/${bob.user.id}`);
});

test("neither brings the other into a room, and both hear the same", async () => {
  const [anns, bobs] = [await ann.group("Ann's"), await bob.group("Bob's", eve)];
  await ann.do("PUT", `/me/blocked/${bob.user.id}`);
  const add = (by: Person, room: string, whom: Person) => by.ask("POST", `/rooms/${room}/members`, { user: whom.user.id });
  const refusals = [
    await add(bob, bobs.room.id, ann),
    await add(ann, anns.room.id, bob),
    await bob.ask("POST", "/rooms", { kind: "group", name: "Both", members: [eve.user.id, ann.user.id] }),
  ];
  for (const answer of refusals) expect(code(answer)).toEqual([403, "add_refused"]);
  // A link is theirs to follow.
  const { token } = await bob.do<Invite>("POST", `/rooms/${bobs.room.id}/invites`, {});
  await ann.do("POST", "/invites/accept", { token });
  await ann.do("DELETE", `/me/blocked/${bob.user.id}`);
  expect((await add(ann, anns.room.id, bob)).status).toBe(200);
});

test("who was away gets it on coming back", async () => {
  const live = await Live.open(ann);
  const { cursors } = live;
  live.close();
  await ann.do("PUT", `/me/blocked/${eve.user.id}`);
  await ann.do("DELETE", `/me/blocked/${eve.user.id}`);
  const back = await Live.open(ann, "ws", { cursors });
  expect(back.frames.filter((f) => f.type === "blocked").map((f) => f.on)).toEqual([true, false]);
  back.close();
});

test("oneself and nobody can't be blocked", async () => {
  expect(code(await ann.ask("PUT", `/me/blocked/${ann.user.id}`))).toEqual([403, "forbidden"]);
  expect(code(await ann.ask("PUT", "/me/blocked/0000000000001"))).toEqual([404, "not_found"]);
  const live = await Live.open(ann);
  await expect(live.command({ type: "block", user: "x" } as ClientCommand)).rejects.toMatchObject({ problem: { status: 400 } });
  live.close();
});
