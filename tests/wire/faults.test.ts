/* Faults on purpose (base/fault.h): the disk says no at one instant. Whoever asked is told, nobody is told anything else,
 * and everything works again behind it. */
import { afterEach, describe, expect, test } from "vitest";
import type { Message, Problem } from "../../web/src/protocol/generated";
import { Person, newClientId, type Answer } from "./harness/api";
import { Live } from "./harness/live";
import { Server } from "./harness/server";

let server: Server | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/* Behind what the beginning takes, whatever number of commits that is. */
const NTH = 60;

describe.each([
  ["store.commit", 503, "unavailable"],
  ["store.commit.full", 507, "disk_full"],
])("when a commit fails (%s)", (fault, status, code) => {
  test("nothing of it is acknowledged or told, and sending again succeeds", async () => {
    server = await Server.start({ env: { CONFAB_FAULT: `${fault}:${String(NTH)}` } });
    const ann = await Person.signUp(server);
    const bob = await Person.signUp(server);
    const { room } = await ann.group("Faults", bob);
    const [writer, reader] = [await Live.open(ann), await Live.open(bob)];
    const sent: Message[] = [];
    const refused: unknown[] = [];
    for (let i = 0; i < NTH * 2; i++) {
      const body = { client_id: newClientId(), text: `through thick and thin ${String(i)}` };
      const send = (): Promise<Answer<Message>> => ann.ask<Message>("POST", `/rooms/${room.id}/messages`, body);
      let answer = await send();
      if (answer.status !== 201) {
        refused.push([answer.status, (answer.body as unknown as Problem).code]);
        answer = await send();
      }
      expect(answer.status).toBe(201);
      sent.push(answer.body);
    }
    expect(refused).toEqual([[status, code]]);
    expect(sent.map((m) => m.seq)).toEqual(sent.map((_, i) => room.head + 1 + i));
    for (const live of [writer, reader]) {
      await live.reaches(room.id, sent.at(-1)!.seq);
      expect(live.of("message", room.id).map((f) => f.message)).toEqual(sent);
      expect(live.violations).toEqual([]);
      live.close();
    }
    server.signal("SIGTERM");
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    await server.restart();
    expect((await bob.timeline(room.id)).messages.filter((m) => m.kind === "text")).toEqual(sent);
  });
});

/* Readers see a commit at once, its events come a moment later: whoever connects in between has read it already and must
 * not hear of it again. */
test("who connects between a commit and its events gets nothing twice", async () => {
  server = await Server.start({ env: { CONFAB_FAULT: `store.tell.late:${String(NTH)}` } });
  const ann = await Person.signUp(server);
  const bob = await Person.signUp(server);
  const { room } = await ann.group("Late", bob);
  const lives = await Promise.all([Live.open(bob), Live.open(bob, "sse"), Live.open(bob, "poll")]);
  let late = 0;
  for (let i = 0; i < NTH * 2 && late === 0; i++) {
    const sending = ann.send(room.id, `on its way ${String(i)}`);
    let arrived = false;
    void sending.then(() => (arrived = true));
    for (let head = room.head + i; !arrived && head === room.head + i; ) ({ head } = await bob.page(room.id, "?limit=1"));
    if (!arrived) {
      // It stands in the database, and nobody has been told.
      const cursors = lives[0]!.cursors;
      const came = await Promise.all([Live.open(bob), Live.open(bob, "sse"), Live.open(bob, "ws", { cursors })]);
      if (!arrived) late++;
      lives.push(...came);
    }
    await sending;
  }
  expect(late).toBe(1);
  const { head } = await ann.timeline(room.id);
  const { seq } = await ann.send(room.id, "the last");
  expect(seq).toBe(head + 1);
  for (const live of lives) {
    await live.reaches(room.id, seq);
    expect(live.violations).toEqual([]);
    live.close();
  }
});

test("a fault is refused off loopback, and when it is written wrongly", async () => {
  const env = { CONFAB_FAULT: "store.commit:1" };
  await expect(Server.start({ env, flags: ["--listen", "0.0.0.0:0"], limits: true, passwords: true })).rejects.toThrow(/CONFAB_FAULT/);
  await expect(Server.start({ env: { CONFAB_FAULT: "store.commit" } })).rejects.toThrow(/name:n/);
});
