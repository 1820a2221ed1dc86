/* Whispers over the wire: for two, over every transport, live and after coming back; for nobody else. */
import { describe, expect, test } from "vitest";
import type { Page, Problem, RoomEntry, Whisper } from "../../web/src/protocol/generated";
import { newClientId, type Person } from "./harness/api";
import { Live, type Kind } from "./harness/live";
import { ann, bob, eve, server, withThree } from "./harness/three";

withThree("--threads", "2");

let rooms = 0;
const make = async (): Promise<string> => (await ann.group(`Whispers ${String(++rooms)}`, bob, eve)).room.id;
const whisper = async (by: Person, room: string, to: Person, text: string): Promise<Whisper> =>
  by.do("POST", `/rooms/${room}/whispers`, { to: to.id, client_id: newClientId(), text });

describe("a whisper", () => {
  test.each<Kind>(["ws", "sse", "poll"])("reaches the two over %s, and nobody else", async (kind) => {
    const room = await make();
    const [a, b, e] = await Promise.all([Live.open(ann), Live.open(bob, kind), Live.open(eve)]);
    a.tell({ type: "whisper", room, to: bob.id, client_id: newClientId(), text: "psst", id: "w" });
    const heard = await b.next("whisper");
    expect(heard).toMatchObject({ room, with: { id: ann.id }, whisper: { author: ann.id, to: bob.id, text: "psst", ordinal: 1 } });
    expect(await a.next("whisper")).toMatchObject({ with: { id: bob.id }, whisper: { id: heard.whisper.id } });
    b.tell({ type: "whisper", room, to: ann.id, client_id: newClientId(), text: "yes?" });
    await a.next("whisper", (f) => f.whisper.text === "yes?");
    await ann.send(room, "aloud");
    for (const live of [a, b, e]) {
      await live.next("message", (f) => f.message.text === "aloud");
      expect(live.violations).toEqual([]);
      live.close();
    }
    // All that eve got between is nothing: not a number, not a beat.
    expect(e.of("whisper")).toEqual([]);
    expect(e.frames.filter((f) => f.type !== "beat").map((f) => f.type)).toEqual(["ready", "synced", "message"]);
    expect(JSON.stringify(e.frames)).not.toContain("psst");
  });

  test("comes to those who were away, with what became of it", async () => {
    const room = await make();
    const b = await Live.open(bob);
    const { cursors } = b;
    b.close();
    const first = await whisper(ann, room, bob, "first");
    await ann.send(room, "aloud");
    const second = await whisper(ann, room, bob, "second");
    await ann.do("PATCH", `/rooms/${room}/whispers/${first.id}`, { text: "edited" });
    await ann.do("DELETE", `/rooms/${room}/whispers/${second.id}`);
    const again = await Live.open(bob, "ws", { cursors });
    expect(again.ready.resumed).toBe(true);
    const told = new Map(again.of("whisper").map((f) => [f.whisper.id, f.whisper]));
    expect(told.get(first.id)).toMatchObject({ text: "edited", place: first.place });
    expect(told.get(second.id)).toMatchObject({ text: "", place: first.place + 1 });
    expect(again.violations).toEqual([]);
    again.close();
  });

  test("stands in the pages of the two and in their entries, and is unread until it is read", async () => {
    const room = await make();
    const line = await ann.send(room, "one");
    const w = await whisper(ann, room, bob, "between");
    await ann.send(room, "two");
    const page = await bob.do<Page>("GET", `/rooms/${room}/messages`);
    expect(page.whispers).toMatchObject([{ id: w.id, place: line.seq, text: "between" }]);
    expect(page.users.map((u) => u.id)).toContain(ann.id);
    const from = await bob.do<Page>("GET", `/rooms/${room}/messages?after=${String(line.seq)}&whisper=${w.id}`);
    expect([from.messages.map((m) => m.text), from.whispers]).toEqual([["two"], undefined]);
    expect((await eve.do<Page>("GET", `/rooms/${room}/messages`)).whispers).toBeUndefined();
    const entry = async (p: Person): Promise<RoomEntry> => p.do("GET", `/rooms/${room}/entry`);
    expect((await entry(bob)).whispers).toMatchObject({ count: 1, read: 0, last: { id: w.id }, with: { id: ann.id } });
    const live = await Live.open(bob);
    await bob.do("PUT", `/rooms/${room}/whispers-read`, { read: 1 });
    expect(await live.next("whispers_read")).toMatchObject({ room, read: 1 });
    expect((await entry(bob)).whispers).toMatchObject({ count: 1, read: 1 });
    expect((await entry(eve)).whispers).toBeUndefined();
    live.close();
  });

  test("survives a restart, and leaves the database in order", async () => {
    const room = await make();
    const w = await whisper(ann, room, bob, "durable");
    await server.kill();
    await server.restart();
    expect(await bob.do("GET", `/rooms/${room}/whispers/${w.id}`)).toEqual(w);
  });
});

test("whoever is not one of the two gets the answers of what is not there", async () => {
  const room = await make();
  const w = await whisper(ann, room, bob, "psst");
  const at = `/rooms/${room}/whispers/${w.id}`;
  for (const [method, path, body] of [
    ["GET", at, undefined],
    ["PATCH", at, { text: "mine" }],
    ["DELETE", at, undefined],
    ["GET", `/rooms/${room}/messages/${w.id}`, undefined],
    ["DELETE", `/rooms/${room}/messages/${w.id}`, undefined],
    ["PUT", `/rooms/${room}/messages/${w.id}/star`, undefined],
  ] as const) {
    const answer = await eve.ask<Problem>(method, path, body);
    expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 404, "not_found"]);
  }
  expect(await bob.ask("PUT", `/rooms/${room}/messages/${w.id}/star`)).toMatchObject({ status: 409, body: { code: "whisper_only" } });
});

test.each([
  [(): string => eve.id, 409, "whisper_alone"],
  [(): string => ann.id, 400, "field_invalid"],
  [(): string => "x", 400, "field_invalid"],
])("is refused where nobody can hear it", async (to, status, code) => {
  const { room } = await ann.group("Two", bob);
  const answer = await ann.ask("POST", `/rooms/${room.id}/whispers`, { to: to(), client_id: newClientId(), text: "x" });
  expect(answer).toMatchObject({ status, body: { code } });
});
