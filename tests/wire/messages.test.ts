/* Messages, reading, people. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Edit, Message, Page, Problem, ReadMarker, RoomEntry, Seen, User } from "../../web/src/protocol/generated";
import { Person, newClientId } from "./harness/api";
import { Live } from "./harness/live";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

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
const make = async (): Promise<string> => (await ann.group(`Talk ${String(++rooms)}`, bob)).room.id;
const at = (room: string, rest = ""): string => `/rooms/${room}/messages${rest}`;

describe("sending", () => {
  test("again with the same client_id answers the first result, however many do so at once, on any way", async () => {
    const room = await make();
    const live = await Live.open(ann);
    const client_id = newClientId();
    const body = { client_id, text: "once" };
    const tries = [
      ...Array.from({ length: 6 }, () => ann.do<Message>("POST", at(room), body)),
      ...Array.from({ length: 6 }, () => live.command({ type: "send", room, ...body }) as Promise<Message>),
      ...Array.from({ length: 4 }, () => ann.do<Message>("POST", "/commands", { type: "send", room, ...body })),
    ];
    const results = await Promise.all(tries);
    for (const result of results) expect(result).toEqual(results[0]);
    expect((await ann.timeline(room)).messages.filter((m) => m.client_id === client_id)).toEqual([results[0]]);
    // Other words are no retry, and are not thrown away in silence.
    const other = await ann.ask("POST", at(room), { ...body, text: "other words" });
    expect([other.status, (other.body as Problem).code]).toEqual([409, "client_id_reused"]);
    const late = await ann.ask<Message>("POST", at(room), body);
    expect([late.status, late.body]).toEqual([200, results[0]]);
    expect(live.of("message", room).length).toBe(1);
    live.close();
  });

  test("the same client_id is another's own, and not for another room", async () => {
    const [a, b] = [await make(), await make()];
    const body = { client_id: newClientId(), text: "x" };
    const first = await ann.do<Message>("POST", at(a), body);
    const theirs = await bob.do<Message>("POST", at(a), body);
    expect(theirs.seq).toBe(first.seq + 1);
    const reused = await ann.ask("POST", at(b), body);
    expect([reused.status, (reused.body as Problem).code]).toEqual([409, "client_id_reused"]);
  });

  test("keeps text as it was written", async () => {
    const room = await make();
    const texts = [
      "plain",
      " **bold**\n\n\tcode \n ",
      "𝄞 Ünï\u0301 漢字 👩‍👩‍👧 \u200f",
      "<script>alert(1)</script> & \"quotes\" \\ / \u2028",
      "x".repeat(8000),
      "👩".repeat(8000),
    ];
    for (const text of texts) expect((await ann.send(room, text)).text).toBe(text);
    const page = await bob.page(room);
    expect(page.messages.filter((m) => m.kind === "text").map((m) => m.text)).toEqual(texts);
  });

  test.each([
    [{ text: "" }, 422, "text_empty"],
    [{ text: " \n\t\u00a0\u200b" }, 422, "text_empty"],
    [{ text: "x".repeat(8001) }, 422, "text_too_long"],
    [{ text: "a\u0000b" }, 422, "text_invalid"],
    [{ text: "a\u001bb" }, 422, "text_invalid"],
    [{ text: "a\u0085b" }, 422, "text_invalid"],
    [{ text: "a\rb" }, 422, "text_invalid"],
    [{ text: "a\ufffeb" }, 422, "text_invalid"],
    [{ text: 7 }, 400, "field_invalid"],
    [{ text: null }, 400, "field_missing"],
    [{ client_id: "" }, 422, "client_id_invalid"],
    [{ client_id: "a b" }, 422, "client_id_invalid"],
    [{ client_id: "x".repeat(65) }, 422, "client_id_invalid"],
    [{ kind: "notice" }, 400, "field_invalid"],
    [{ kind: "shout" }, 400, "field_invalid"],
    [{ reply_to: 999 }, 422, "reply_invalid"],
    [{ reply_to: 1 }, 422, "reply_invalid"], // the notice that made the room
    [{ reply_to: "1" }, 400, "field_invalid"],
  ])("refuses %j and changes nothing", async (part, status, code) => {
    const room = await make();
    const before = (await ann.page(room)).head;
    const answer = await ann.ask("POST", at(room), { client_id: newClientId(), text: "ok", ...part });
    expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
    expect((await ann.page(room)).head).toBe(before);
  });

  test("broken UTF-8 is refused, raw and escaped", async () => {
    const room = await make();
    const live = await Live.open(ann);
    const half = '{"type":"send","id":"h","room":"' + room + '","client_id":"half","text":"\\ud800"}';
    live.tell(half);
    expect((await live.next("error")).problem.status).toBe(400);
    expect(live.closed).toBeUndefined();
    live.close();
  });
});

describe("edits and deletions", () => {
  test("keep the texts before, oldest first; a deletion leaves a tombstone without history", async () => {
    const room = await make();
    const line = await ann.send(room, "one");
    for (const text of ["two", "three", "three"]) await ann.do("PATCH", at(room, `/${line.id}`), { text });
    const edits = await bob.do<{ items: Edit[] }>("GET", at(room, `/${line.id}/edits`));
    expect(edits.items.map((e) => e.text)).toEqual(["one", "two"]);
    const edited = await bob.do<Message>("GET", at(room, `/${line.id}`));
    expect(edited).toMatchObject({ text: "three", seq: line.seq, ordinal: line.ordinal, at: line.at });
    expect(edited.edited_at).toBeGreaterThanOrEqual(line.at);
    expect((await ann.page(room)).head).toBe(line.seq + 2); // the same text again is no change

    await ann.do("DELETE", at(room, `/${line.id}`));
    await ann.do("DELETE", at(room, `/${line.id}`));
    expect((await ann.page(room)).head).toBe(line.seq + 3);
    const gone = await bob.do<Message>("GET", at(room, `/${line.id}`));
    expect([gone.text, gone.deleted_at === undefined]).toEqual(["", false]);
    expect((await bob.do<{ items: Edit[] }>("GET", at(room, `/${line.id}/edits`))).items).toEqual([]);
    const again = await ann.ask("PATCH", at(room, `/${line.id}`), { text: "back" });
    expect([again.status, (again.body as Problem).code]).toEqual([409, "message_deleted"]);
  });

  test("at once by many: every number is given once", async () => {
    const room = await make();
    const lines = await Promise.all(Array.from({ length: 5 }, (_, i) => ann.send(room, `l${String(i)}`)));
    const live = await Live.open(bob);
    const work = Array.from({ length: 40 }, (_, i) => {
      const line = must(lines[i % 5]);
      return i % 4 === 3 ? bob.send(room, `n${String(i)}`) : ann.do("PATCH", at(room, `/${line.id}`), { text: `e${String(i)}` });
    });
    await Promise.all(work);
    await live.reaches(room, (await ann.page(room)).head);
    expect(live.violations).toEqual([]);
    expect(live.heads.get(room)).toBe(Math.max(...lines.map((l) => l.seq)) + 40);
    live.close();
  });

  test("of what notices say are nobody's", async () => {
    const room = await make();
    const notice = must((await ann.page(room)).messages[0]);
    expect(notice.kind).toBe("notice");
    expect((await ann.ask("PATCH", at(room, `/${notice.id}`), { text: "x" })).status).toBe(403);
    expect((await ann.ask("DELETE", at(room, `/${notice.id}`))).status).toBe(403);
  });
});

describe("pages", () => {
  test("latest, before, after, around: whole, in order, told where more is", async () => {
    const room = await make();
    const lines: Message[] = [];
    for (let i = 0; i < 60; i++) lines.push(await ann.send(room, `line ${String(i)}`));
    for (const i of [3, 30, 59]) await ann.do("PATCH", at(room, `/${lines[i]!.id}`), { text: "edited" });
    const all = (await ann.timeline(room)).messages;
    expect(all.length).toBe(62); // two notices
    const seqs = (p: Page): number[] => p.messages.map((m) => m.seq);
    const slice = (from: number, to: number): number[] => all.slice(from, to).map((m) => m.seq);
    const page = (query: string): Promise<Page> => ann.page(room, query);

    const latest = await page("");
    expect([seqs(latest), latest.has_before, latest.has_after]).toEqual([slice(37, 62), true, false]);
    const before = await page(`?before=${String(all[20]!.seq)}&limit=10`);
    expect([seqs(before), before.has_before, before.has_after]).toEqual([slice(10, 20), true, true]);
    const first = await page(`?before=${String(all[5]!.seq)}&limit=10`);
    expect([seqs(first), first.has_before, first.has_after]).toEqual([slice(0, 5), false, true]);
    const after = await page(`?after=${String(all[50]!.seq)}&limit=10`);
    expect([seqs(after), after.has_before, after.has_after]).toEqual([slice(51, 61), true, true]);
    const last = await page(`?after=${String(all[60]!.seq)}&limit=10`);
    expect([seqs(last), last.has_before, last.has_after]).toEqual([slice(61, 62), true, false]);
    const around = await page(`?around=${String(all[30]!.seq)}&limit=10`);
    expect([seqs(around), around.has_before, around.has_after]).toEqual([slice(25, 35), true, true]);
    const edge = await page(`?around=${String(all[61]!.seq)}&limit=10`);
    expect([seqs(edge), edge.has_after]).toEqual([slice(52, 62), false]);
    const start = await page("?after=0&limit=3");
    expect([seqs(start), start.has_before, start.has_after]).toEqual([slice(0, 3), false, true]);
    const beyond = await page("?after=100000");
    expect([seqs(beyond), beyond.has_before, beyond.has_after]).toEqual([[], true, false]);
    for (const p of [latest, before, around]) {
      const known = new Set(p.users.map((u) => u.id));
      expect(p.messages.every((m) => known.has(m.author))).toBe(true);
    }
  });

  test("bring along what is answered outside them", async () => {
    const room = await make();
    const asked = await ann.send(room, "question");
    for (let i = 0; i < 5; i++) await bob.send(room, "chatter");
    await bob.send(room, "answer", { reply_to: asked.seq });
    const page = await ann.page(room, "?limit=2");
    expect(page.quoted.map((m) => m.text)).toEqual(["question"]);
    expect(page.users.map((u) => u.id)).toContain(ann.id);
    expect((await ann.page(room, "?limit=50")).quoted).toEqual([]);
  });

  test.each(["before=x", "before=-1", "limit=0", "limit=201", "limit=", "before=1&after=1", "around=1.5", "after=99999999999999999999"])(
    "refuse %s",
    async (query) => {
      const answer = await ann.ask("GET", `/rooms/${await make()}/messages?${query}`);
      expect([answer.status, (answer.body as Problem).code]).toEqual([400, "field_invalid"]);
    },
  );
});

describe("reading", () => {
  test("moves forward only, is told to one's devices and seen by others", async () => {
    const room = await make();
    const [phone, desk, other] = await Promise.all([Live.open(bob), Live.open(bob), Live.open(ann)]);
    const lines: Message[] = [];
    for (let i = 0; i < 6; i++) lines.push(await ann.send(room, String(i)));
    const unread = async (): Promise<number> => {
      const entry = await bob.do<RoomEntry>("GET", `/rooms/${room}/entry`);
      return entry.room.count - entry.read.ordinal;
    };
    expect(await unread()).toBe(6);
    await phone!.command({ type: "read", room, seq: lines[3]!.seq });
    expect(await unread()).toBe(2);
    for (const device of [phone!, desk!]) expect((await device.next("read")).read).toEqual({ seq: lines[3]!.seq, ordinal: 4 });
    expect(await other!.next("seen")).toMatchObject({ room, user: bob.id, seq: lines[3]!.seq });
    expect(await bob.do<ReadMarker>("PUT", `/rooms/${room}/read`, { seq: lines[1]!.seq })).toEqual({ seq: lines[3]!.seq, ordinal: 4 });
    expect(await unread()).toBe(2);
    const own = await bob.send(room, "and I");
    expect(await unread()).toBe(0);
    const seen = await ann.do<{ items: Seen[] }>("GET", `/rooms/${room}/seen`);
    expect(Object.fromEntries(seen.items.map((s) => [s.user, s.seq]))).toEqual({ [bob.id]: own.seq, [ann.id]: lines[5]!.seq });
    for (const live of [phone!, desk!, other!]) {
      await live.reaches(room, own.seq);
      expect(live.violations).toEqual([]);
      live.close();
    }
  });
});

describe("people", () => {
  test("are found by words, best first, in pages", async () => {
    const tag = "quokka";
    for (let i = 0; i < 7; i++) await Person.signUp(server, `${tag}${String(i)}`, `Q ${String(i)}`);
    const found: User[] = [];
    for (let cursor = ""; ; ) {
      const page = await ann.do<{ items: User[]; next?: string }>("GET", `/users?q=${tag.toUpperCase()}&limit=3${cursor}`);
      found.push(...page.items);
      if (!page.next) break;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
    expect(found.map((u) => u.name)).toEqual(Array.from({ length: 7 }, (_, i) => `${tag}${String(6 - i)}`));
    const first = async (q: string): Promise<string[]> => (await ann.do<{ items: User[] }>("GET", `/users?q=${q}&limit=1`)).items.map((u) => u.name);
    expect([await first("quokka3"), await first("qoukka"), await first("uokka")]).toEqual([["quokka3"], ["quokka6"], ["quokka6"]]);
    expect((await ann.do<{ items: User[] }>("GET", "/users?q=no-such-person-here")).items).toEqual([]);
    expect((await ann.ask("GET", "/users?cursor=nonsense")).status).toBe(400);
    expect((await ann.ask("GET", `/users?q=${"x".repeat(201)}`)).status).toBe(400);
    for (const q of ["%25", "_", "%27", "%22", "*", "%5C"]) expect([q, (await ann.ask("GET", `/users?q=${q}`)).status]).toEqual([q, 200]);
  });

  test("are online while one device is, away when none is active, offline afterwards", async () => {
    const eve = await Person.signUp(server);
    const watcher = await Live.open(ann);
    const of = async (state: string): Promise<void> => {
      await watcher.next("presence", (f) => f.of.some((p) => p.user === eve.id && p.state === state));
    };
    await watcher.command({ type: "watch", users: [eve.id] });
    await of("offline");
    const phone = await Live.open(eve);
    await of("online");
    const desk = await Live.open(eve, "sse");
    await phone.command({ type: "active", active: false });
    await desk.command({ type: "active", active: false });
    await of("away");
    await phone.command({ type: "active", active: true });
    await of("online");
    phone.close();
    await of("away");
    desk.close();
    await watcher.next("presence", (f) => f.of.some((p) => p.user === eve.id && p.state === "offline" && (p.last_seen_at ?? 0) > 0));
    // Devices count once: nothing was said between.
    const states = watcher.of("presence").flatMap((f) => f.of.map((p) => p.state));
    expect(states).toEqual(["offline", "online", "away", "online", "away", "offline"]);
    watcher.close();
  });

  test("who type are seen by those in the room only", async () => {
    const room = await make();
    const eve = await Person.signUp(server);
    const [writer, reader, outsider] = await Promise.all([Live.open(bob), Live.open(ann), Live.open(eve)]);
    await writer!.command({ type: "typing", room });
    const typing = await reader!.next("typing");
    expect(typing).toMatchObject({ room, user: { id: bob.id, name: "bob" } });
    expect(typing.for_ms).toBeGreaterThan(0);
    await writer!.command({ type: "typing", room, active: false });
    expect((await reader!.next("typing")).for_ms).toBe(0);
    await outsider!.command({ type: "ping" });
    expect(outsider!.of("typing")).toEqual([]);
    await expect(outsider!.command({ type: "typing", room })).rejects.toMatchObject({ problem: { code: "not_found" } });
    for (const live of [writer!, reader!, outsider!]) live.close();
  });
});
