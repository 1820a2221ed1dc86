/* Live connections: what comes, in what order, and what a connection that was away gets (laws 4, 5, 6). Every connection here
 * checks the order of its frames itself; `lawful` asks for the outcome. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message, ServerFrame } from "../../web/src/protocol/generated";
import { Person, newClientId } from "./harness/api";
import { Live, type Kind } from "./harness/live";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

const KINDS: Kind[] = ["ws", "sse", "poll"];
let server: Server;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  server = await Server.start({ flags: ["--heartbeat", "1s"] });
  ann = await Person.signUp(server, "ann");
  bob = await Person.signUp(server, "bob");
});
afterAll(async () => {
  await server.stop();
});

let rooms = 0;
const make = async (...more: Person[]): Promise<string> => (await ann.group(`Live ${String(++rooms)}`, bob, ...more)).room.id;

/** Ends connections, whose frames must all have kept the laws. */
function lawful(...lives: Live[]): void {
  for (const live of lives) {
    expect(live.violations).toEqual([]);
    live.close();
  }
}

/** What is durable, without what only one connection is told. */
function durable(frames: readonly ServerFrame[], room: string): ServerFrame[] {
  return frames.filter((f) => ["message", "edit", "delete"].includes(f.type) && "room" in f && f.room === room);
}

describe.each(KINDS)("over %s", (kind) => {
  test("everything that happens comes in order, to all devices, the author's too", async () => {
    const room = await make();
    const lives = [await Live.open(bob, kind), await Live.open(ann, kind), await Live.open(ann, "ws")];
    const first = await ann.send(room, "one");
    await ann.send(room, "two", { reply_to: first.seq });
    await bob.send(room, "three", { kind: "action" });
    await ann.do("PATCH", `/rooms/${room}/messages/${first.id}`, { text: "uno" });
    await ann.do("DELETE", `/rooms/${room}/messages/${first.id}`);
    const head = first.seq + 4;
    for (const live of lives) {
      await live.reaches(room, head);
      const frames = durable(live.frames, room);
      expect(frames.map((f) => f.type)).toEqual(["message", "message", "message", "edit", "delete"]);
      expect(live.texts(room)).toEqual(["one", "two", "three"]);
      expect(live.of("edit", room)[0]).toMatchObject({ target: first.seq, text: "uno", actor: ann.id });
      expect(live.of("message", room)[1]).toMatchObject({ message: { reply_to: first.seq }, user: { id: ann.id } });
    }
    lawful(...lives);
  });

  test("commands do what requests do, and are answered", async () => {
    const room = await make();
    const live = await Live.open(bob, kind);
    const client_id = newClientId();
    const sent = (await live.command({ type: "send", room, client_id, text: "by command" })) as Message;
    expect(sent).toMatchObject({ text: "by command", author: bob.id, client_id });
    expect(await live.command({ type: "send", room, client_id, text: "by command" })).toEqual(sent);
    expect(await live.command({ type: "edit", room, message: sent.id, text: "edited" })).toMatchObject({ text: "edited" });
    await live.command({ type: "delete", room, message: sent.id });
    expect(await live.command({ type: "read", room, seq: 1_000_000 })).toMatchObject({ seq: sent.seq + 2, ordinal: 1 });
    await live.command({ type: "watch", users: [ann.id] });
    await live.next("presence");
    await live.command({ type: "typing", room });
    await live.command({ type: "active", active: true });
    expect(await live.command({ type: "ping" })).toEqual({});
    await expect(live.command({ type: "send", room, client_id: newClientId(), text: "" })).rejects.toMatchObject({ problem: { code: "text_empty" } });
    await expect(live.command({ type: "typing", room: ann.id })).rejects.toMatchObject({ problem: { code: "not_found" } });
    lawful(live);
  });

  test("coming back with cursors brings exactly what was missed", async () => {
    const [quiet, busy] = [await make(), await make()];
    await ann.send(quiet, "before");
    const before = await Live.open(bob, kind);
    const cursors = before.cursors;
    before.close();
    const missed: string[] = [];
    const lines: Message[] = [];
    for (let i = 0; i < 20; i++) {
      missed.push(`missed ${String(i)}`);
      lines.push(await ann.send(busy, missed[i]!));
    }
    await ann.do("PATCH", `/rooms/${busy}/messages/${lines[3]!.id}`, { text: "mended" });
    await ann.do("DELETE", `/rooms/${busy}/messages/${lines[4]!.id}`);
    await bob.do("PUT", `/rooms/${busy}/read`, { seq: lines[9]!.seq });
    await bob.do("PATCH", "/me", { display_name: `Bob ${kind}` });
    const added = (await ann.group(`New ${kind}`, bob)).room.id;

    const live = await Live.open(bob, kind, { cursors });
    expect(live.ready).toMatchObject({ resumed: true, epoch: cursors.epoch });
    expect(live.ready.rooms).toBeUndefined();
    const from = live.frames.findIndex((f) => f.type === "ready");
    const to = live.frames.findIndex((f) => f.type === "synced");
    expect(from).toBe(0);
    expect(live.frames.slice(0, to).filter((f) => ["reset", "beat", "reply"].includes(f.type))).toEqual([]);
    expect(durable(live.frames, quiet)).toEqual([]);
    expect(live.of("message", busy).map((f) => f.message.seq)).toEqual(lines.map((l) => l.seq));
    expect(live.of("read").at(-1)).toMatchObject({ room: busy, read: { seq: lines[9]!.seq, ordinal: 10 } });
    expect(live.of("me").at(-1)?.user.display_name).toBe(`Bob ${kind}`);
    expect(live.of("room_added").map((f) => f.entry.room.id)).toEqual([added]);
    // The frames tell the state as it is now: what was mended and what was deleted.
    const page = (await bob.page(busy, "?limit=200")).messages.filter((m) => m.kind !== "notice");
    const applied = live.of("message", busy).map((f) => f.message);
    expect(applied.map((m) => m.text)).toEqual(page.map((m) => m.text));
    await ann.send(busy, "and now live");
    await live.next("message", (f) => f.message.text === "and now live");
    lawful(live);
  });

  test("signing out ends it, and a room that one is taken from falls silent at once", async () => {
    const room = await make();
    const phone = await bob.again();
    const live = await Live.open(phone, kind);
    const watcher = await Live.open(ann, kind);
    await ann.do("DELETE", `/rooms/${room}/members/${bob.id}`);
    await ann.send(room, "not for bob");
    expect((await live.next("room_removed")).room).toBe(room);
    await watcher.next("message", (f) => f.message.text === "not for bob");
    await live.command({ type: "ping" });
    expect(durable(live.frames, room)).toEqual([]);
    expect((await bob.ask("GET", `/rooms/${room}/messages`)).status).toBe(404);
    await phone.do("DELETE", "/session");
    await live.ended();
    lawful(live, watcher);
  });
});

test("all kinds of connections carry the same frames", async () => {
  const room = await make();
  const lives = await Promise.all(KINDS.map((k) => Live.open(bob, k)));
  lives.push(await Live.open(bob, "ws", { deflate: true }));
  for (let i = 0; i < 30; i++) await ann.send(room, `${String(i)} ${"word ".repeat(i * 10)}`);
  await ann.do("PATCH", `/rooms/${room}`, { name: "Renamed" });
  const head = (await ann.page(room)).head;
  for (const live of lives) await live.reaches(room, head);
  const [first, ...others] = lives.map((l) => durable(l.frames, room));
  expect(must(first).length).toBe(31);
  for (const other of others) expect(other).toEqual(first);
  lawful(...lives);
});

describe("coming back", () => {
  test("after too much, the room is reset and the rest resumed", async () => {
    const [far, near] = [await make(), await make()];
    const before = await Live.open(bob);
    before.close();
    const writer = await Live.open(ann);
    const waves = 6;
    for (let w = 0; w < waves; w++) {
      await Promise.all(Array.from({ length: 84 }, (_, i) => writer.command({ type: "send", room: far, client_id: newClientId(), text: String(i) })));
    }
    await ann.send(near, "near");
    const live = await Live.open(bob, "ws", { cursors: before.cursors });
    expect(live.ready.resumed).toBe(true);
    expect(live.of("reset").map((f) => f.entry.room.id)).toEqual([far]);
    expect(live.of("reset")[0]?.entry.room.count).toBe(waves * 84);
    expect(live.of("message", far)).toEqual([]);
    expect(live.texts(near)).toEqual(["near"]);
    // One fewer than too much is sent whole.
    const cursors = { ...before.cursors, rooms: { ...before.cursors.rooms, [far]: live.heads.get(far)! - 500 } };
    const again = await Live.open(bob, "ws", { cursors });
    expect(again.of("message", far).length).toBe(500);
    expect(again.of("reset")).toEqual([]);
    lawful(live, writer, again);
  });

  test("with another epoch, without cursors, or with cursors of the future: everything anew", async () => {
    const room = await make();
    const first = await Live.open(bob);
    expect(first.ready.resumed).toBe(false);
    const { cursors } = first;
    const strange = { ...cursors, epoch: `${cursors.epoch}x` };
    const future = { ...cursors, useq: cursors.useq + 1 };
    for (const c of [strange, future]) {
      const live = await Live.open(bob, "ws", { cursors: c });
      expect(live.ready.resumed).toBe(false);
      expect(must(live.ready.rooms).map((e) => e.room.id)).toContain(room);
      lawful(live);
    }
    const ahead = await Live.open(bob, "ws", { cursors: { ...cursors, rooms: { ...cursors.rooms, [room]: 1_000_000 } } });
    expect(ahead.of("reset").map((f) => f.entry.room.id)).toEqual([room]);
    const { [room]: _, ...without } = cursors.rooms;
    const unknown = await Live.open(bob, "ws", { cursors: { ...cursors, rooms: without } });
    expect(unknown.of("reset").map((f) => f.entry.room.id)).toEqual([room]);
    lawful(first, ahead, unknown);
  });

  test("cursors of rooms that one is not in tell nothing of them", async () => {
    const eve = await Person.signUp(server);
    const room = await make();
    const live = await Live.open(eve);
    live.close();
    const back = await Live.open(eve, "ws", { cursors: { ...live.cursors, rooms: { [room]: 1, [ann.id]: 5 } } });
    expect(back.frames.map((f) => f.type)).toEqual(["ready", "synced"]);
    await ann.send(room, "secret");
    await back.command({ type: "ping" });
    expect(back.of("message")).toEqual([]);
    back.close();
  });

  test("a room that was left and entered again while away", async () => {
    const room = await make();
    const before = await Live.open(bob);
    before.close();
    await ann.do("DELETE", `/rooms/${room}/members/${bob.id}`);
    await ann.send(room, "without bob");
    await ann.do("POST", `/rooms/${room}/members`, { user: bob.id });
    await ann.send(room, "with bob");
    const live = await Live.open(bob, "ws", { cursors: before.cursors });
    expect(live.frames.map((f) => f.type)).toEqual(["ready", "room_removed", "room_added", "synced"]);
    expect(live.of("room_added")[0]?.entry.room.head).toBe((await bob.page(room)).head);
    lawful(live);
  });
});

test("while many connect in a storm of writing, none misses or doubles anything", async () => {
  const folk = await Promise.all(Array.from({ length: 10 }, () => Person.signUp(server)));
  const room = await make(...folk);
  const other = await make(...folk);
  const writers = await Promise.all([ann, bob].map((p) => Live.open(p)));
  let storm = true;
  let written = 0;
  const writing = writers.map(async (w) => {
    while (storm || written < 60) {
      await Promise.all([room, other, room].map((r) => w.command({ type: "send", room: r, client_id: newClientId(), text: `storm ${String(written++)}` })));
    }
  });
  const lives: Live[] = [];
  for (let wave = 0; wave < 5; wave++) {
    const kind = (i: number): Kind => must(KINDS[(i + wave) % 3]);
    const came = await Promise.all(folk.map((p, i) => Live.open(p, kind(i), { deflate: i % 2 === 0 })));
    const back = await Promise.all(came.slice(0, 5).map((l) => Live.open(l.person, "ws", { cursors: l.cursors })));
    lives.push(...came, ...back);
  }
  storm = false;
  await Promise.all(writing);
  for (const r of [room, other]) {
    const { head, messages } = await ann.timeline(r);
    for (const live of lives) {
      await live.reaches(r, head);
      const frames = live.of("message", r);
      const from = must(frames[0]?.seq ?? head);
      expect(frames.map((f) => f.seq)).toEqual(messages.filter((m) => m.seq >= from).map((m) => m.seq));
    }
  }
  expect(written).toBeGreaterThan(50);
  lawful(...lives, ...writers);
});

describe("a connection's manners", () => {
  test("hello comes first and once; nonsense is answered and harms nothing", async () => {
    const silent = await Live.connect(bob, "ws", { silent: true });
    silent.tell({ type: "ping", id: "early" });
    expect((await silent.next("error")).problem.code).toBe("bad_request");
    silent.tell({ type: "hello" });
    await silent.next("synced");
    silent.tell({ type: "hello", id: "again" });
    expect(await silent.next("error")).toMatchObject({ id: "again", problem: { code: "bad_request" } });
    const nonsense: [string, string, string | undefined][] = [
      ["", "json_invalid", undefined],
      ["{", "json_invalid", undefined],
      ["[]", "json_invalid", undefined],
      ["null", "json_invalid", undefined],
      ["1e400", "json_invalid", undefined],
      ['{"type":"ping","type":"ping"}', "json_invalid", undefined],
      ["[".repeat(100_000), "json_invalid", undefined],
      ['{"id":"a"}', "field_missing", "a"],
      ['{"id":"b","type":"fly"}', "command_unknown", "b"],
      ['{"id":"c","type":7}', "field_invalid", "c"],
      ['{"id":7,"type":"ping"}', "field_invalid", undefined],
      ['{"id":"d","type":"send","room":"?","client_id":"x","text":"y"}', "field_invalid", "d"],
      ['{"id":"e","type":"read","room":"' + bob.id + '","seq":-1}', "field_invalid", "e"],
      ['{"id":"f","type":"read","room":"' + bob.id + '","seq":1.5}', "field_invalid", "f"],
      ['{"id":"g","type":"watch","users":' + JSON.stringify(Array.from({ length: 201 }, () => bob.id)) + "}", "field_invalid", "g"],
      ['{"id":"h","type":"active"}', "field_missing", "h"],
    ];
    for (const [text, code, id] of nonsense) {
      silent.tell(text);
      const f = await silent.next("error");
      expect([text.slice(0, 40), f.problem.code, f.id]).toEqual([text.slice(0, 40), code, id]);
    }
    await silent.command({ type: "ping" });
    lawful(silent);
  });

  test("a command without id is silent when it succeeds", async () => {
    const room = await make();
    const live = await Live.open(bob);
    live.tell({ type: "send", room, client_id: newClientId(), text: "quietly" });
    await live.next("message", (f) => f.message.text === "quietly");
    await live.command({ type: "ping" });
    expect(live.of("reply").map((f) => f.id)).toEqual(["1"]);
    lawful(live);
  });

  test("beats come with the heads of what moved", async () => {
    const room = await make();
    const live = await Live.open(bob);
    const line = await ann.send(room, "moved");
    const beat = await live.next("beat", (f) => room in f.heads);
    expect(beat.heads[room]).toBe(line.seq);
    expect(beat.useq).toBe(live.useq);
    // The next one does not repeat what has not moved.
    expect((await live.next("beat")).heads).toEqual({});
    lawful(live);
  });

  test("commands of another person's connection are not taken", async () => {
    const live = await Live.open(bob, "sse");
    const watch = { type: "watch", users: [] };
    expect((await bob.ask("POST", `/commands?connection=${live.connection}`, watch)).status).toBe(200);
    const answer = await ann.ask("POST", `/commands?connection=${live.connection}`, watch);
    expect([answer.status, answer.body]).toMatchObject([400, { code: "connection_unknown" }]);
    expect((await ann.ask("GET", `/poll?connection=${live.connection}`)).status).toBe(400);
    lawful(live);
  });

  test("one who does not read is dropped with resync and 1013, and nobody else notices", async () => {
    const narrow = await Server.start({ flags: ["--queue-bytes", "64K", "--heartbeat", "1s", "--compression=no"] });
    const [writer, slow, quick] = [await Person.signUp(narrow), await Person.signUp(narrow), await Person.signUp(narrow)];
    const { room } = await writer.group("Flood", slow, quick);
    const reading = await Live.open(quick);
    const asleep = await Live.open(slow);
    const { cursors } = asleep;
    asleep.pause(true);
    const pen = await Live.open(writer);
    const text = "x".repeat(7_900);
    let sent = 0;
    const dropped = async (): Promise<boolean> => (await slowDropped(narrow)) > 0;
    while (!(await dropped())) {
      // More than the bound in one commit: who reads must not pay for it.
      const burst = Array.from({ length: 60 }, () => pen.command({ type: "send", room: room.id, client_id: newClientId(), text }));
      sent += (await Promise.all(burst)).length;
      expect(sent).toBeLessThan(4_000);
    }
    asleep.pause(false);
    expect(await asleep.ended()).toMatchObject({ code: 1013 });
    expect(asleep.frames.at(-1)).toMatchObject({ type: "resync" });
    await reading.until((l) => l.of("message", room.id).length === sent, "all for the quick one");
    expect(await slowDropped(narrow)).toBe(1);
    const back = await Live.open(slow, "ws", { cursors: asleep.cursors });
    await back.until((l) => l.of("reset").length > 0 || (l.heads.get(room.id) ?? 0) >= reading.heads.get(room.id)!, "the rest");
    expect(cursors.epoch).toBe(back.epoch);
    lawful(asleep, reading, back, pen);
    await narrow.stop();
  });
});

async function slowDropped(of: Server): Promise<number> {
  const response = await fetch(`http://${of.host}/metrics`);
  return Number(must(/^confab_slow_dropped_total (\d+)$/m.exec(await response.text()))[1]);
}

describe("the end", () => {
  test("SIGTERM: 1001 to all, exit 0, and everything acknowledged is there afterwards", async () => {
    const own = await Server.start();
    const [a, b] = [await Person.signUp(own), await Person.signUp(own)];
    const { room } = await a.group("End", b);
    const lives = [await Live.open(a), await Live.open(b), await Live.open(b, "sse"), await Live.open(b, "poll")];
    const acknowledged: Message[] = [];
    const asked = Array.from({ length: 300 }, (_, i) =>
      lives[0]!.command({ type: "send", room: room.id, client_id: `end-${String(i)}`, text: `m${String(i)}` }).then(
        (m) => acknowledged.push(m as Message),
        () => undefined,
      ),
    );
    await lives[0]!.until((l) => l.of("reply").length >= 20, "the first answers");
    own.signal("SIGTERM");
    expect(await lives[0]!.ended()).toMatchObject({ code: 1001 });
    expect(await lives[1]!.ended()).toMatchObject({ code: 1001 });
    await Promise.all(lives.map((l) => l.ended()));
    await Promise.all(asked);
    expect(await own.exited()).toEqual({ code: 0, signal: null });
    const seen = lives[1]!.of("message", room.id).map((f) => f.message);

    await own.restart();
    const { messages } = await a.timeline(room.id);
    for (const m of [...acknowledged, ...seen]) expect(messages.filter((l) => l.client_id === m.client_id)).toEqual([m]);
    expect(acknowledged.length).toBeGreaterThanOrEqual(20);
    const back = await Live.open(b, "ws", { cursors: lives[1]!.cursors });
    expect(back.ready.resumed).toBe(true);
    await back.reaches(room.id, messages.at(-1)!.seq);
    lawful(...lives, back);
    await own.stop();
  });

  test("while draining, what was asked is answered and the connection closed", async () => {
    const own = await Server.start();
    const a = await Person.signUp(own);
    // A password is hashed on another thread: the answer comes after the signal.
    const asked = Array.from({ length: 8 }, () => a.again());
    const all = Promise.allSettled(asked);
    own.signal("SIGTERM");
    expect(await own.exited()).toEqual({ code: 0, signal: null });
    await all;
  });

  test("two servers never share a data folder", async () => {
    await expect(Server.start({ data: server.data })).rejects.toThrow(/ended at the start/);
    expect((await ann.ask("GET", "/me")).status).toBe(200);
  });
});
