/* Passing rooms over the wire: the same over every transport, in order, for nobody else, and nowhere afterwards. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PassingMessage, PassingRoom } from "../../web/src/protocol/generated";
import { Person, newClientId } from "./harness/api";
import { Live, type Kind } from "./harness/live";
import { Server } from "./harness/server";

let server: Server;
let ann: Person, bob: Person, eve: Person;

beforeAll(async () => {
  server = await Server.start({ flags: ["--heartbeat", "1s", "--threads", "2", "--log-level", "debug"] });
  ann = await Person.signUp(server, "ann");
  bob = await Person.signUp(server, "bob");
  eve = await Person.signUp(server, "eve");
});
afterAll(async () => {
  await server.stop();
});

/** Made by somebody new each time: nobody may have many. */
const make = async (listed = false, name = "Kitchen table"): Promise<string> =>
  (await (await Person.signUp(server)).do<PassingRoom>("POST", "/passing", { name, listed })).id;
const say = async (live: Live, room: string, text: string): Promise<PassingMessage> =>
  (await live.command({ type: "say", room, client_id: newClientId(), text })) as PassingMessage;
const texts = (live: Live, room: string): string[] => live.of("passing_said", room).map((f) => f.message.text);

/** In the room, over a connection of their own. */
async function within(person: Person, room: string, kind: Kind = "ws"): Promise<Live> {
  const live = await Live.open(person, kind);
  live.tell({ type: "enter", room, id: "enter" });
  await live.next("passing_state", (f) => f.room === room);
  return live;
}

function checked(...lives: Live[]): void {
  for (const live of lives) {
    expect(live.violations).toEqual([]);
    live.close();
  }
}

describe("a passing room", () => {
  test.each<Kind>(["ws", "sse", "poll"])("is the same over %s", async (kind) => {
    const room = await make();
    const a = await within(ann, room);
    const b = await within(bob, room, kind);
    await a.next("passing_entered", (f) => f.user.id === bob.id);
    await say(a, room, "one");
    const second = await say(b, room, "two");
    expect(second).toMatchObject({ author: bob.id, kind: "text", text: "two", seq: 4 });
    b.tell({ type: "typing", room });
    await a.next("typing", (f) => f.room === room && f.user.id === bob.id);
    await say(a, room, "three");
    await b.next("passing_said", (f) => f.message.text === "three");
    expect(texts(a, room)).toEqual(["one", "two", "three"]);
    expect(texts(b, room)).toEqual(["one", "two", "three"]);
    b.tell({ type: "exit", room });
    expect(await a.next("passing_left")).toMatchObject({ room, user: bob.id });
    checked(a, b);
  });

  test("tells whoever enters nothing from before, and everything from then on", async () => {
    const room = await make();
    const a = await within(ann, room);
    // While the others speak without a pause, so that the moment of entering falls between two messages.
    const spoken = Array.from({ length: 60 }, (_, i) => say(a, room, `line ${String(i)}`));
    const b = await within(bob, room);
    await Promise.all(spoken);
    await b.until((l) => (l.passing.get(room) ?? 0) >= (a.passing.get(room) ?? 0), "bob is behind");
    const state = b.of("passing_state")[0]!;
    expect(state.messages).toEqual([]);
    expect(state.people.map((p) => p.user.id)).toEqual([ann.id, bob.id]);
    const all = texts(a, room);
    expect(all).toEqual(Array.from({ length: 60 }, (_, i) => `line ${String(i)}`));
    const heard = texts(b, room);
    expect(heard).toEqual(heard.length ? all.slice(-heard.length) : []);
    checked(a, b);
  });

  test("loses what is taken back: by its author or by the room's maker, also for who comes back, and a retry does not bring it", async () => {
    const [maker, one, two] = [await Person.signUp(server), await Person.signUp(server), await Person.signUp(server)];
    const { id: room } = await maker.do<PassingRoom>("POST", "/passing", { name: "Porch" });
    const [m, a, b] = [await within(maker, room), await within(one, room), await within(two, room)];
    expect(a.of("passing_state", room)[0]!.is.maker).toBe(maker.id);
    const unsay = (live: Live, seq: number): Promise<unknown> => live.command({ type: "unsay", room, seq });
    const client_id = newClientId();
    const first = (await a.command({ type: "say", room, client_id, text: "a slip of the tongue" })) as PassingMessage;
    const second = await say(b, room, "something harmful");
    await expect(unsay(b, first.seq)).rejects.toThrow(/forbidden/);
    await expect(unsay(a, 9_999)).rejects.toThrow(/not_found/);
    await unsay(a, first.seq);
    await unsay(a, first.seq); // once more changes nothing
    await unsay(m, second.seq);
    expect(await b.next("passing_unsaid", (f) => f.said === second.seq)).toMatchObject({ room, seq: second.seq + 2 });
    expect(((await a.command({ type: "say", room, client_id, text: "a slip of the tongue" })) as PassingMessage).text).toBe("");
    await say(m, room, "after it");
    await b.next("passing_said", (f) => f.message.text === "after it");
    expect(b.of("passing_unsaid", room).map((f) => f.said)).toEqual([first.seq, second.seq]);
    // Who was away meanwhile.
    const again = await Live.open(two);
    again.tell({ type: "enter", room, after: second.seq });
    const state = await again.next("passing_state", (f) => f.room === room);
    expect([state.unsaid, state.messages.map((x) => x.text)]).toEqual([[first.seq, second.seq], ["after it"]]);
    again.tell({ type: "enter", room, after: first.seq - 1 });
    const whole = await again.next("passing_state", (f) => f.room === room && f.messages.length > 0 && f.seq >= state.seq && f !== state);
    expect(JSON.stringify(whole)).not.toMatch(/slip|harmful/);
    checked(m, a, b, again);
  });

  test("is left by whoever its maker removes, with all their connections, and for good", async () => {
    const [maker, two, three] = [await Person.signUp(server), await Person.signUp(server), await Person.signUp(server)];
    const { id: room } = await maker.do<PassingRoom>("POST", "/passing", { name: "Porch", listed: true });
    const [m, a, b, other] = [await within(maker, room), await within(ann, room), await within(three, room), await within(three, room, "sse")];
    const out = (live: Live, user: string): Promise<unknown> => live.command({ type: "turn_out", room, user });
    await expect(out(b, maker.id)).rejects.toThrow(/forbidden/);
    await expect(out(m, maker.id)).rejects.toThrow(/forbidden/);
    await expect(out(m, two.id)).rejects.toThrow(/not_found/);
    await out(m, three.id);
    for (const live of [a, b, other]) expect(await live.next("passing_left", (f) => f.user === three.id)).toMatchObject({ room, by: maker.id });
    await expect(say(b, room, "I am still here")).rejects.toThrow(/not_found/);
    await expect(b.command({ type: "enter", room })).rejects.toThrow(/forbidden/);
    const listed = async (who: Person): Promise<string[]> => (await who.do<{ items: PassingRoom[] }>("GET", "/passing")).items.map((r) => r.id);
    expect(await listed(three)).not.toContain(room);
    expect(await listed(two)).toContain(room);
    await say(m, room, "without them");
    await a.next("passing_said", (f) => f.message.text === "without them");
    expect([...texts(b, room), ...texts(other, room)]).toEqual([]);
    // The server's owner, who made nothing here, may remove somebody, too.
    const late = await within(two, room);
    await out(a, two.id);
    expect(await late.next("passing_left", (f) => f.user === two.id)).toMatchObject({ by: ann.id });
    a.tell({ type: "exit", room });
    await m.next("passing_left", (f) => f.user === ann.id);
    m.tell({ type: "exit", room });
    await expect.poll(() => listed(ann)).not.toContain(room);
    checked(m, a, b, other, late);
  });

  test("keeps a place for whoever lost their link, and what was said meanwhile", async () => {
    const room = await make();
    const a = await within(ann, room);
    const b = await within(bob, room);
    const after = b.passing.get(room)!;
    b.close();
    expect(await a.next("passing_link")).toMatchObject({ user: bob.id, lost: true });
    await say(a, room, "are you there?");
    const again = await Live.open(bob);
    await again.command({ type: "enter", room, after });
    expect(await again.next("passing_state")).toMatchObject({
      resumed: true,
      messages: [{ text: "are you there?", author: ann.id }],
    });
    expect(await a.next("passing_link")).toMatchObject({ user: bob.id, lost: false });
    expect(a.of("passing_left", room)).toEqual([]);
    checked(a, again);
  });

  test("stands in the list only if it is listed and someone is in it", async () => {
    const names = async (): Promise<string[]> =>
      (await eve.do<{ items: PassingRoom[] }>("GET", "/passing")).items.map((r) => r.name);
    const secret = await make(false, "Secret");
    const open = await make(true, "For all");
    expect(await names()).toEqual([]);
    const a = await within(ann, secret);
    const b = await within(bob, open);
    expect(await names()).toEqual(["For all"]);
    b.tell({ type: "exit", room: open });
    await b.command({ type: "ping" });
    expect(await names()).toEqual([]);
    checked(a, b);
  });
});

describe("whoever is not in it", () => {
  test("hears nothing, and can't speak, write or leave", async () => {
    const room = await make();
    const a = await within(ann, room);
    const e = await Live.open(eve);
    for (const type of ["say", "typing", "exit"] as const) {
      const more = type === "say" ? { client_id: newClientId(), text: "let me in" } : {};
      await expect(e.command({ type, room, ...more } as never)).rejects.toThrow("not_found");
    }
    await say(a, room, "just us");
    await e.command({ type: "ping" });
    expect(e.frames.filter((f) => f.type.startsWith("passing"))).toEqual([]);
    expect(await eve.ask("GET", `/rooms/${room}`)).toMatchObject({ status: 404 });
    expect(await eve.ask("GET", `/rooms/${room}/messages`)).toMatchObject({ status: 404 });
    checked(a, e);
  });

  test("can't listen to a room of another kind by entering it", async () => {
    const { room } = await ann.group("Private", bob);
    const e = await Live.open(eve);
    await expect(e.command({ type: "enter", room: room.id })).rejects.toThrow("not_found");
    await ann.send(room.id, "not for eve");
    await e.command({ type: "ping" });
    expect(e.of("message")).toEqual([]);
    checked(e);
  });

  test("can't put somebody else's connection into one, nor one that is not there", async () => {
    const room = await make();
    const a = await within(ann, room);
    const b = await Live.open(bob);
    const enter = async (connection: string): Promise<number> =>
      (await eve.ask("POST", `/commands?connection=${connection}`, { type: "enter", room })).status;
    expect(await enter("x")).toBe(400);
    expect(await enter("0000000000zzz")).toBe(400);
    expect(await enter(b.connection)).toBe(400);
    await say(a, room, "is anybody there?");
    await b.command({ type: "ping" });
    expect(b.frames.filter((f) => f.type.startsWith("passing"))).toEqual([]);
    expect([a.of("passing_entered", room), a.of("passing_link", room)]).toEqual([[], []]);
    checked(a, b);
  });
});

test("nothing of it is in the data folder or in the log, and a restart ends it", async () => {
  const room = await make(true, "Unwritten name");
  const a = await within(ann, room);
  const b = await within(bob, room);
  await say(a, room, "unwritten words");
  await b.next("passing_said");
  const files = (): string[] => readdirSync(server.data).map((name) => join(server.data, name));
  const search = (): void => {
    for (const file of files())
      for (const word of ["unwritten words", "Unwritten name"]) expect(readFileSync(file).includes(word), file).toBe(false);
    for (const word of ["unwritten words", "Unwritten name", room]) expect(server.log).not.toContain(word);
  };
  await ann.group("Written name"); // so that something was written since
  search();
  expect(files().some((file) => readFileSync(file).includes("Written name"))).toBe(true);
  server.signal("SIGTERM");
  await server.exited();
  search();
  await server.restart();
  const again = await Live.open(ann);
  await expect(again.command({ type: "enter", room })).rejects.toThrow("not_found");
  again.close();
});
