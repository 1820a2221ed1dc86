/* People, rooms and messages from one question. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Found, Problem, Search } from "../../web/src/protocol/generated";
import { Person } from "./harness/api";
import { Server } from "./harness/server";

let server: Server;
let ann: Person, bob: Person, eve: Person;
let room: string;

beforeAll(async () => {
  server = await Server.start();
  ann = await Person.signUp(server, "ann", "Ann Müller");
  bob = await Person.signUp(server, "bob");
  eve = await Person.signUp(server, "eve");
  room = (await ann.group("Harbour", bob)).room.id;
});
afterAll(async () => {
  await server.stop();
});

const ask = (who: Person, fields: Record<string, string>): Promise<Search> =>
  who.do("GET", `/search?${new URLSearchParams(fields).toString()}`);
const refused = async (who: Person, query: string): Promise<unknown[]> => {
  const { status, body } = await who.ask<Problem>("GET", `/search${query}`);
  return [status, body.code, body.field];
};
const text = (f: Found): string => f.parts.map((p) => (p.hit ? `[${p.text}]` : p.text)).join("");

test("people, rooms and messages come with what they were found by", async () => {
  const line = await ann.send(room, "The **lighthouse** of the harbour\nis lit");
  const all = await ask(bob, { q: "harbuor" });
  expect(all).toEqual({ people: [], rooms: [{ room: expect.objectContaining({ id: room, name: "Harbour" }), member: true }], messages: [] });
  expect((await ask(eve, { q: "muller" })).people.map((u) => u.name)).toEqual(["ann"]);
  expect((await ask(bob, { q: "light HARBOUR" })).messages).toEqual([]); // only the last word may go on
  expect((await ask(bob, { q: "harbour light" })).messages.map((f) => ({ ...f, parts: text(f), user: f.user.name }))).toEqual([
    { id: line.id, room, seq: line.seq, at: line.at, user: "ann", parts: "The **[lighthouse]** of the [harbour]\nis lit" },
  ]);
});

test("nobody finds what they may not read, in any room that is asked for", async () => {
  await ann.send(room, "a secret wharf");
  expect((await ask(eve, { q: "wharf" })).messages).toEqual([]);
  expect(await refused(eve, `?q=wharf&room=${room}`)).toEqual([404, "not_found", undefined]);
  expect(await refused(eve, "?q=wharf+in:harbour")).toEqual([422, "query_room", "q"]);
  expect((await ask(bob, { q: "wharf", room })).messages).toHaveLength(1);
  expect((await ask(bob, { q: "wharf in:harbour from:ann", only: "messages" })).messages).toHaveLength(1);
});

test("pages go back from the newest, and what goes and changes is followed at once", async () => {
  const own = (await bob.direct(bob)).room.id;
  const sent = [];
  for (let i = 0; i < 7; i++) sent.push(await bob.send(own, `tide ${String(i)}`));
  const first = await ask(bob, { q: "tide", limit: "4" });
  expect(first.messages.map(text)).toEqual([6, 5, 4, 3].map((i) => `[tide] ${String(i)}`));
  const second = await ask(bob, { q: "tide", limit: "4", cursor: first.next! });
  expect(second.messages.map(text)).toEqual([2, 1, 0].map((i) => `[tide] ${String(i)}`));
  expect(second.next).toBeUndefined();
  await bob.do("DELETE", `/rooms/${own}/messages/${sent[0]!.id}`);
  await bob.do("PATCH", `/rooms/${own}/messages/${sent[1]!.id}`, { text: "ebb" });
  expect((await ask(bob, { q: "tide" })).messages).toHaveLength(5);
  expect((await ask(bob, { q: "ebb " })).messages.map(text)).toEqual(["[ebb]"]);
});

test.each([
  ["", 400, "field_missing", "q"],
  ["?q=", 422, "query_empty", "q"],
  ["?q=+", 422, "query_empty", "q"],
  [`?q=${"x".repeat(201)}`, 400, "field_invalid", "q"],
  ["?q=%ff", 400, "bad_request", undefined],
  ["?q=a+from:nobody", 422, "query_person", "q"],
  ["?q=before:tomorrow", 422, "query_date", "q"],
  ["?q=has:wings", 422, "query_has", "q"],
  [`?q=${"a+".repeat(21)}`, 422, "query_too_long", "q"],
  ["?q=a&limit=0", 400, "field_invalid", "limit"],
  ["?q=a&limit=101", 400, "field_invalid", "limit"],
  ["?q=a&only=cats", 400, "field_invalid", "only"],
  ["?q=a&zone=9000", 400, "field_invalid", "zone"],
  ["?q=a&cursor=x", 400, "cursor_invalid", "cursor"],
  ["?q=a&room=x", 404, "not_found", "room"],
])("%s is refused", async (query, status, code, field) => {
  expect(await refused(ann, query)).toEqual([status, code, field]);
});

test("it says where a question goes wrong", async () => {
  const { body } = await ann.ask<Problem>("GET", "/search?q=tide+before:soon");
  expect(body.detail).toBe('character 6: a day like 2026-03-01, a month or a year, not "soon"');
});
