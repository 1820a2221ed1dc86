/* Law 1 under fire: the server is killed with SIGKILL at random instants while people write and watch, and started again
 * on the same data; they come back by their cursors and send again what was not acknowledged.
 *
 * In the end: every acknowledged message is there exactly once and says what was acknowledged; what was not acknowledged is
 * there at most once; each sender's messages stand in the order in which they were written; numbers have no gaps; and what
 * each client has made of the frames it got equals what the server tells. */
import { expect, test } from "vitest";
import type { Message, RoomEntry } from "../../web/src/protocol/generated";
import { Person } from "../wire/harness/api";
import { Server } from "../wire/harness/server";
import { must } from "../wire/harness/wait";
import { Device, serverEntry, type Sent } from "./device";

const ROUNDS = Number(process.env["CONFAB_KILL_ROUNDS"] ?? 50);
const SEED = Number(process.env["CONFAB_KILL_SEED"] ?? Date.now() % 1_000_000);
const SENDERS = 4;
const WATCHERS = 6;
const WINDOW = 4;

/** mulberry32: chance that can be repeated. */
function chanceOf(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Stage {
  readonly server: Server;
  readonly devices: Device[];
  readonly senders: Device[];
  readonly rooms: string[];
}

async function set(): Promise<Stage> {
  const server = await Server.start({ flags: ["--heartbeat", "1s"] });
  const senders: Device[] = [];
  const devices: Device[] = [];
  const people: Person[] = [];
  for (let i = 0; i < SENDERS + WATCHERS; i++) {
    const person = await Person.signUp(server, `k${String(i)}`);
    people.push(person);
    const device = new Device(person, person.user.name, i % 2 === 0);
    if (i < SENDERS) senders.push(device);
    devices.push(device);
  }
  // The first sender has a second device, which only reads.
  devices.push(new Device(await people[0]!.again(), "k0-phone", true));
  const [first, ...others] = people;
  const rooms = [(await first!.group("One", ...others)).room.id, (await first!.open("Two", ...others)).room.id];
  for (const device of devices) device.start();
  for (const device of devices) {
    await device.live();
    for (const room of rooms) await device.openRoom(room);
  }
  return { server, devices, senders, rooms };
}

async function round(stage: Stage, n: number, chance: () => number): Promise<void> {
  const { server, devices, senders, rooms } = stage;
  const writing = senders.map((s, i) => s.write(rooms, WINDOW, `r${String(n)}s${String(i)}`, chance() < 0.2));
  // Often in full swing, sometimes while everybody is still coming back.
  const swing = chance() < 0.7;
  if (swing) await Promise.all(devices.map((d) => d.live()));
  const until = Date.now() + (swing ? 60 + chance() * 600 : chance() * 60);
  for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
    await sleep(Math.min(left, 50 + chance() * 150)); // the instant is what chance is about; nothing is expected by then
    if (chance() < 0.4) devices[SENDERS + Math.floor(chance() * WATCHERS)]!.drop();
  }
  await server.kill();
  await server.restart();
  await Promise.all(devices.map((d) => d.back()));
  for (const sender of senders) sender.stopWriting();
  await Promise.all(writing);
}

/** Everything that is promised of one room. */
async function checkRoom(stage: Stage, room: string): Promise<void> {
  const { senders, devices } = stage;
  const { head, messages } = await senders[0]!.person.timeline(room);
  const texts = messages.filter((m) => m.kind === "text");
  const bySender = new Map<string, Map<string, Message>>();
  for (const m of texts) {
    const own = bySender.get(m.author) ?? new Map<string, Message>();
    bySender.set(m.author, own);
    expect(own.has(must(m.client_id)), `${must(m.client_id)} is there twice`).toBe(false);
    own.set(must(m.client_id), m);
  }
  expect(texts.map((m) => m.ordinal)).toEqual(texts.map((_, i) => i + 1));
  expect(messages.every((m, i) => i === 0 || m.seq > messages[i - 1]!.seq)).toBe(true);

  for (const sender of senders) {
    const there = bySender.get(sender.person.id) ?? new Map<string, Message>();
    const known = new Set(sender.sent.map((s) => s.client_id));
    for (const id of there.keys()) expect(known.has(id), `${id} was never written`).toBe(true);
    checkSender(sender, sender.sent.filter((s) => s.room === room), there);
  }
  for (const device of devices) {
    await device.until(() => device.head(room) >= head, `${room} is not at ${String(head)}`);
    const lines = device.lines(room);
    // What the client has from its first page on, which began at the room's beginning.
    expect(lines, `${device.name}: what it shows`).toEqual(messages);
    const entry = must(device.client.rooms.get(room)).entry;
    const served = (await serverEntry(device.person, room)) as RoomEntry;
    expect({ ...entry, last_user: undefined }, `${device.name}: its entry`).toEqual({ ...served, last_user: undefined });
  }
}

function checkSender(sender: Device, sent: readonly Sent[], there: ReadonlyMap<string, Message>): void {
  let before = 0;
  for (const item of sent) {
    const m = there.get(item.client_id);
    if (!item.acknowledged && !m) continue;
    expect(m, `${sender.name}: ${item.client_id} was acknowledged and is lost`).toBeDefined();
    const line = must(m);
    expect(line.seq, `${sender.name}: ${item.client_id} stands before what was written earlier`).toBeGreaterThan(before);
    before = line.seq;
    if (!item.acknowledged) continue;
    expect([line.id, line.seq, line.ordinal]).toEqual([item.acknowledged.id, item.acknowledged.seq, item.acknowledged.ordinal]);
    if (sender.deleted.has(line.id)) expect(line.deleted_at, `${item.client_id}: its deletion was acknowledged`).toBeDefined();
    else if (line.deleted_at === undefined && sender.edited.has(line.id)) expect(line.text).toBe(sender.edited.get(line.id));
    else if (line.edited_at === undefined && line.deleted_at === undefined) expect(line.text).toBe(item.text);
  }
}

test(`${String(ROUNDS)} kills: nothing lost, doubled or reordered`, async () => {
  const chance = chanceOf(SEED);
  const stage = await set();
  const began = Date.now();
  for (let n = 0; n < ROUNDS; n++) {
    await round(stage, n, chance);
    for (const device of stage.devices) expect(device.wrong, `${device.name}, round ${String(n)}, seed ${String(SEED)}`).toEqual([]);
  }
  for (const room of stage.rooms) await checkRoom(stage, room);

  const sent = stage.senders.flatMap((s) => s.sent);
  const acknowledged = sent.filter((s) => s.acknowledged).length;
  const sum = (of: (d: Device) => number): number => stage.devices.reduce((n, d) => n + of(d), 0);
  // One snapshot each at the start; every return after that by cursors.
  for (const device of stage.devices) expect([device.name, device.anew, device.resets]).toEqual([device.name, 1, 0]);
  expect(sum((d) => d.resumed)).toBeGreaterThanOrEqual(ROUNDS * stage.devices.length);
  expect(acknowledged).toBeGreaterThan(ROUNDS * SENDERS);
  for (const device of stage.devices) device.stop();
  await stage.server.stop();
  console.log(
    `kill: ${String(ROUNDS)} rounds, ${String(ROUNDS)} kills, ${String(acknowledged)} messages acknowledged of ${String(sent.length)} written, ` +
      `${String(sum((d) => d.frames))} frames applied by ${String(stage.devices.length)} clients, ${String(sum((d) => d.resumed))} resumptions, ` +
      `${String(Math.round((Date.now() - began) / 1000))} s, seed ${String(SEED)}`,
  );
});
