/* What people set for themselves in a room: how loud it is, what is unread, what they have begun to write. */
import { expect, test } from "vitest";
import type { ClientCommand, Draft, Problem, ReadMarker, RoomEntry, Seen } from "../../web/src/protocol/generated";
import type { Person } from "./harness/api";
import { Live } from "./harness/live";
import { ann, bob, eve, withThree } from "./harness/three";

withThree();

let rooms = 0;
const make = async (): Promise<string> => (await ann.group(`Own ${String(++rooms)}`, bob)).room.id;
const entry = (who: Person, room: string): Promise<RoomEntry> => who.do("GET", `/rooms/${room}/entry`);

test("all of it reaches one's own devices, and nobody else", async () => {
  const room = await make();
  const [one] = [await ann.send(room, "one"), await ann.send(room, "two")];
  await bob.do("PUT", `/rooms/${room}/read`, { seq: one.seq + 1 });
  const [desk, phone, other] = [await Live.open(bob), await Live.open(bob), await Live.open(ann)];
  await desk.command({ type: "notify", room, level: "nothing" });
  expect(await phone.next("notify")).toMatchObject({ room, level: "nothing" });
  await desk.command({ type: "unread", room, seq: one.seq });
  const read = { seq: one.seq - 1, ordinal: 0, since: one.seq + 1 };
  expect(await phone.next("unread")).toMatchObject({ room, read });
  await desk.command({ type: "draft", room, text: "half a", reply_to: one.seq });
  expect(await phone.next("draft")).toMatchObject({ room, draft: { text: "half a", reply_to: one.seq } });
  expect(await entry(bob, room)).toMatchObject({ notify: "nothing", read, draft: { text: "half a" } });
  const seen = await ann.do<{ items: Seen[] }>("GET", `/rooms/${room}/seen`);
  expect(seen.items.map((s) => s.seq)).toEqual([one.seq + 1, one.seq + 1]);
  // Ann's next frame is what follows: nothing came to her before.
  const heard = other.frames.filter((f) => ["notify", "unread", "draft"].includes(f.type)).length;
  await bob.send(room, "three");
  await other.next("message");
  expect(heard).toBe(0);
  for (const live of [desk, phone, other]) live.close();
});

test("who was away gets it all on coming back, with one's own messages in their order", async () => {
  const room = await make();
  const one = await ann.send(room, "one");
  const live = await Live.open(bob);
  const { cursors } = live;
  live.close();
  const mine = await bob.send(room, "mine");
  await bob.do("PUT", `/rooms/${room}/unread`, { seq: one.seq });
  await bob.do("PUT", `/rooms/${room}/notify`, { level: "mentions" });
  await bob.do("PUT", `/rooms/${room}/draft`, { text: "a" });
  await bob.do("PUT", `/rooms/${room}/draft`, { text: "ab" });
  const back = await Live.open(bob, "ws", { cursors });
  // The marker is behind one's own message, and says from where on such move it again.
  expect(back.of("unread", room).map((f) => f.read)).toEqual([{ seq: one.seq - 1, ordinal: 0, since: mine.seq }]);
  expect(back.of("notify", room).map((f) => f.level)).toEqual(["mentions"]);
  expect(new Set(back.of("draft", room).map((f) => f.draft.text))).toEqual(new Set(["ab"]));
  back.close();
});

test("the draft that was written last holds, whichever comes first", async () => {
  const room = await make();
  const keep = (body: object): Promise<Draft> => bob.do("PUT", `/rooms/${room}/draft`, body);
  expect(await keep({ text: "at the desk", age_ms: 60_000 })).toMatchObject({ text: "at the desk" });
  expect(await keep({ text: "older", age_ms: 90_000 })).toMatchObject({ text: "at the desk" });
  expect(await keep({ text: "", age_ms: 1_000 })).toMatchObject({ text: "" });
  expect(await keep({ text: "older", age_ms: 2_000 })).toMatchObject({ text: "" });
  expect((await entry(bob, room)).draft).toBeUndefined();
});

test("reading after marking as unread is reading", async () => {
  const room = await make();
  const one = await ann.send(room, "one");
  await bob.do("PUT", `/rooms/${room}/read`, { seq: one.seq });
  const back = await bob.do<ReadMarker>("PUT", `/rooms/${room}/unread`, { seq: one.seq });
  expect(back).toEqual({ seq: one.seq - 1, ordinal: 0, since: one.seq });
  expect(await bob.do<ReadMarker>("PUT", `/rooms/${room}/read`, { seq: one.seq })).toEqual({ seq: one.seq, ordinal: 1 });
});

test.each([
  ["notify", { level: "loud" }, 400, "field_invalid"],
  ["notify", {}, 400, "field_missing"],
  ["unread", { seq: 1 }, 403, "forbidden"],
  ["unread", { seq: 99 }, 404, "not_found"],
  ["unread", { seq: "1" }, 400, "field_invalid"],
  ["draft", {}, 400, "field_missing"],
  ["draft", { text: "x".repeat(8_001) }, 422, "text_too_long"],
  ["draft", { text: "a\u0000" }, 422, "text_invalid"],
  ["draft", { text: "a", age_ms: -1 }, 400, "field_invalid"],
] as const)("%s refuses %j and changes nothing", async (what, body, status, code) => {
  const room = await make();
  const before = await entry(bob, room);
  const answer = await bob.ask("PUT", `/rooms/${room}/${what}`, body);
  expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
  expect(await entry(bob, room)).toEqual(before);
});

test("strangers find nothing, on any path", async () => {
  const room = await make();
  const live = await Live.open(eve);
  const tries = [
    { type: "notify", room, level: "nothing" },
    { type: "unread", room, seq: 1 },
    { type: "draft", room, text: "x" },
  ] satisfies ClientCommand[];
  for (const { type, room: _, ...body } of tries) expect((await eve.ask("PUT", `/rooms/${room}/${type}`, body)).status).toBe(404);
  for (const command of tries) await expect(live.command(command)).rejects.toMatchObject({ problem: { status: 404 } });
  live.close();
});
