/* Messages for administrators to look at: those of open rooms, found by words, room and person; and reported ones, wherever
   they stand. Nothing else of what people say becomes theirs to read. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditLine, Figures, Problem, Report, Search, Whisper } from "../../web/src/protocol/generated";
import { Person, call, newClientId, type Answer } from "./harness/api";
import { Live } from "./harness/live";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

let server: Server;
let owner: Person, admin: Person, ann: Person, bob: Person;
let open = "",
  group = "",
  direct = "";

beforeAll(async () => {
  server = await Server.start();
  owner = await Person.signUp(server, "owner1");
  admin = await Person.signUp(server, "warden");
  ann = await Person.signUp(server, "ann");
  bob = await Person.signUp(server, "bob");
  await owner.do("PATCH", `/admin/users/${admin.id}`, { role: "admin" });
  open = (await ann.open("Market", bob)).room.id;
  group = (await ann.group("Cellar", bob)).room.id;
  direct = (await ann.direct(bob)).room.id;
  await ann.send(open, "fresh carrots here");
  await bob.send(open, "cheap watches, cheap carrots");
  await ann.send(group, "carrots for us alone");
  await ann.send(direct, "carrots for bob");
  await ann.do("POST", `/rooms/${open}/whispers`, { client_id: "w", to: bob.id, text: "whispered carrots" });
});
afterAll(async () => {
  await server.stop();
});

const code = (answer: Answer): string => (answer.body as Problem).code;
const find = (who: Person, query = ""): Promise<Search> => who.do("GET", `/admin/messages${query}`);
const textsOf = (found: Search): string[] => found.messages.map((m) => m.parts.map((p) => p.text).join(""));
const reports = async (): Promise<Report[]> => (await admin.do<{ items: Report[] }>("GET", "/admin/reports")).items;
const report = (who: Person, room: string, message: string, reason: unknown): Promise<Answer> =>
  who.ask("POST", `/rooms/${room}/messages/${message}/report`, { reason });
const newest = async (): Promise<AuditLine> =>
  must((await owner.do<{ items: AuditLine[] }>("GET", "/admin/audit?limit=1")).items[0]);

describe("messages to moderate", () => {
  test("are those of open rooms and of one's own groups, newest first, and no others", async () => {
    expect(textsOf(await find(admin))).toEqual(["cheap watches, cheap carrots", "fresh carrots here"]);
    const mine = (await admin.group("Office")).room.id;
    await admin.send(mine, "our own carrots");
    expect(textsOf(await find(admin, "?q=carrots"))).toEqual([
      "our own carrots",
      "cheap watches, cheap carrots",
      "fresh carrots here",
    ]);
    const { rooms, people } = await find(admin, "?q=carrots");
    expect([rooms.map((r) => r.room.name), people]).toEqual([["Office", "Market"], []]);
    await owner.do("DELETE", `/admin/rooms/${mine}`);
  });

  test("are found by words, by person, by room, and page by page", async () => {
    expect(textsOf(await find(admin, "?q=watches"))).toEqual(["cheap watches, cheap carrots"]);
    expect(textsOf(await find(admin, "?q=from%3Aann"))).toEqual(["fresh carrots here"]);
    expect(textsOf(await find(admin, "?q=from%3Aann%20in%3AMarket%20carrots"))).toEqual(["fresh carrots here"]);
    expect(textsOf(await find(admin, `?room=${open}&q=fresh`))).toEqual(["fresh carrots here"]);
    const first = await find(admin, "?limit=1");
    expect(textsOf(await find(admin, `?limit=1&cursor=${must(first.next)}`))).toEqual(["fresh carrots here"]);
    for (const room of [group, direct])
      expect((await admin.ask("GET", `/admin/messages?room=${room}`)).status).toBe(404);
    expect(code(await admin.ask("GET", "/admin/messages?q=in%3ACellar"))).toBe("query_room");
    expect((await admin.ask("GET", "/admin/messages?room=x")).status).toBe(404);
  });

  test("are in an archived room still", async () => {
    await admin.do("PATCH", `/admin/rooms/${open}`, { archived: true });
    expect(textsOf(await find(admin, "?q=watches"))).toHaveLength(1);
    await admin.do("PATCH", `/admin/rooms/${open}`, { archived: false });
  });
});

describe("a report", () => {
  test("shows one message to the administrators, who may remove it", async () => {
    const bad = await bob.send(group, "a threat");
    const { body: refused } = await admin.ask("POST", `/admin/rooms/${group}/messages/${bad.id}/removal`, {
      reason: "no",
    });
    expect((refused as Problem).code).toBe("not_found");
    expect((await report(ann, group, bad.id, "He threatens me")).status).toBe(204);
    expect((await report(ann, group, bad.id, "Again")).status).toBe(204);
    const [one, ...more] = await reports();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      by: { id: ann.id },
      reason: "He threatens me",
      room: { id: group, name: "Cellar" },
      message: bad.id,
      author: { id: bob.id },
      text: "a threat",
      removable: true,
    });
    expect((await admin.do<Figures>("GET", "/admin/figures")).reports).toBe(1);
    // It alone: nothing beside it.
    expect(textsOf(await find(admin, "?q=threat"))).toEqual([]);
    expect((await admin.ask("GET", `/rooms/${group}/messages`)).status).toBe(404);
    expect(
      (await admin.ask("POST", `/admin/rooms/${group}/messages/${bad.id}/removal`, { reason: "Threats" })).status,
    ).toBe(204);
    expect(await newest()).toMatchObject({
      act: "message_removed",
      user: bob.id,
      room: group,
      changes: [{ what: "reason", to: "Threats" }],
    });
    expect(await reports()).toEqual([]);
    expect((await bob.page(group)).messages.find((m) => m.id === bad.id)).toMatchObject({
      text: "",
      removed: "Threats",
    });
  });

  test("is settled without a removal, for all who made it, and the log has it", async () => {
    const fine = await bob.send(open, "a joke");
    await report(ann, open, fine.id, "Not funny");
    await report(owner, open, fine.id, "Indeed").then((a) => expect(a.status).toBe(404)); // not in the room
    await owner.do("POST", `/rooms/${open}/members`, { user: owner.id });
    expect((await report(owner, open, fine.id, "Indeed")).status).toBe(204);
    const [first, second] = await reports();
    expect([first?.reason, second?.reason]).toEqual(["Indeed", "Not funny"]);
    expect((await admin.ask("DELETE", `/admin/reports/${must(second).id}`)).status).toBe(204);
    expect(await newest()).toMatchObject({
      act: "report_settled",
      user: bob.id,
      room: open,
      changes: [{ what: "reason", to: "Not funny" }],
    });
    expect(await reports()).toEqual([]);
    expect((await admin.ask("DELETE", `/admin/reports/${must(second).id}`)).status).toBe(404);
    await ann.do("GET", `/rooms/${open}/messages/${fine.id}`);
  });

  test("of a private conversation tells no more than what was said, and it stays", async () => {
    const line = await bob.send(direct, "go away");
    await report(ann, direct, line.id, "Rude");
    const one = must((await reports())[0]);
    expect(one).toMatchObject({ text: "go away", author: { id: bob.id }, by: { id: ann.id } });
    expect([one.room, one.removable]).toEqual([undefined, undefined]);
    expect(
      (await owner.ask("POST", `/admin/rooms/${direct}/messages/${line.id}/removal`, { reason: "Rude" })).status,
    ).toBe(404);
    await admin.do("DELETE", `/admin/reports/${one.id}`);
    expect((await newest()).room).toBeUndefined();
  });

  test("needs a reason, a message of somebody else that one may read, and tells others nothing", async () => {
    const line = await bob.send(group, "hello");
    for (const reason of [undefined, "", " ", "x".repeat(501), 5])
      expect((await report(ann, group, line.id, reason)).status).toBe(400);
    expect(code(await report(bob, group, line.id, "mine"))).toBe("forbidden");
    expect(code(await report(owner, group, line.id, "x"))).toBe("not_found");
    await bob.do("DELETE", `/rooms/${group}/messages/${line.id}`);
    expect(code(await report(ann, group, line.id, "x"))).toBe("message_deleted");
    const notice = must((await ann.page(group)).messages.find((m) => m.kind === "notice"));
    expect(code(await report(bob, group, notice.id, "x"))).toBe("forbidden");
    for (const path of ["/admin/reports", "/admin/reports?limit=x", "/admin/messages", "/admin/messages?q=x&room=y"]) {
      expect(code(await ann.ask("GET", path)), path).toBe("not_found");
      expect((await call(server, "GET", path)).status).toBe(401);
    }
    expect(code(await ann.ask("DELETE", `/admin/reports/${line.id}`))).toBe("not_found");
  });

  test("what the owner wrote, an admin settles and does not remove", async () => {
    const line = await owner.send(open, "I own this place");
    await report(ann, open, line.id, "Boasting");
    const one = must((await reports())[0]);
    expect(one.removable).toBeUndefined();
    expect(code(await admin.ask("POST", `/admin/rooms/${open}/messages/${line.id}/removal`, { reason: "x" }))).toBe(
      "forbidden",
    );
    expect((await owner.do<{ items: Report[] }>("GET", "/admin/reports")).items[0]?.removable).toBe(true);
    await owner.do("DELETE", `/rooms/${open}/messages/${line.id}`);
    expect(must((await owner.do<{ items: Report[] }>("GET", "/admin/reports")).items[0])).toMatchObject({
      deleted: true,
      text: "I own this place",
    });
    await admin.do("DELETE", `/admin/reports/${one.id}`);
  });

  test("keeps what was said, though its author edits or deletes it, until it is settled", async () => {
    const line = await bob.send(open, "give me your password");
    await report(ann, open, line.id, "Begs for passwords");
    const fresh = must((await reports())[0]);
    expect(fresh).toMatchObject({ text: "give me your password", removable: true });
    expect([fresh.edited, fresh.deleted]).toEqual([undefined, undefined]);
    await bob.do("PATCH", `/rooms/${open}/messages/${line.id}`, { text: "good morning" });
    await report(owner, open, line.id, "Odd");
    const [second, first] = await reports();
    expect(first).toMatchObject({ text: "give me your password", edited: true, removable: true });
    expect([second?.text, second?.edited]).toEqual(["good morning", undefined]);
    await bob.do("DELETE", `/rooms/${open}/messages/${line.id}`);
    const [, gone] = await reports();
    expect(gone).toMatchObject({ text: "give me your password", deleted: true, author: { id: bob.id } });
    expect([gone?.edited, gone?.removable]).toEqual([undefined, undefined]);
    expect((await admin.ask("DELETE", `/admin/reports/${fresh.id}`)).status).toBe(204);
    expect(await reports()).toEqual([]);
  });

  test("outlives its room, and tells who said it", async () => {
    const lair = (await bob.group("Lair", ann)).room.id;
    const line = await bob.send(lair, "a worse threat");
    await report(ann, lair, line.id, "He threatens me");
    await bob.do("DELETE", `/rooms/${lair}`);
    const one = must((await reports())[0]);
    expect(one).toMatchObject({
      text: "a worse threat",
      message: line.id,
      author: { id: bob.id },
      by: { id: ann.id },
      room_deleted: true,
    });
    expect([one.room, one.removable]).toEqual([undefined, undefined]);
    expect((await admin.do<Figures>("GET", "/admin/figures")).reports).toBe(1);
    expect((await admin.ask("DELETE", `/admin/reports/${one.id}`)).status).toBe(204);
    expect(await newest()).toMatchObject({ act: "report_settled", user: bob.id });
    expect(await reports()).toEqual([]);
  });
});

describe("where a reported message stands", () => {
  const newestOf = async (who: Person): Promise<Report> =>
    must((await who.do<{ items: Report[] }>("GET", "/admin/reports")).items[0]);
  const settle = async (who: Person): Promise<unknown> => who.do("DELETE", `/admin/reports/${(await newestOf(who)).id}`);

  test("is told to administrators who are in there, and to them alone", async () => {
    const choir = (await bob.group("Choir", ann, admin)).room.id;
    const plaza = (await bob.open("Plaza", ann, admin)).room.id;
    for (const room of [choir, plaza]) {
      const line = await bob.send(room, "out of tune");
      await report(ann, room, line.id, "Rude");
      expect(await newestOf(admin)).toMatchObject({ room: { id: room }, seq: line.seq });
      const apart = await newestOf(owner); // sees the report, and is not in there
      expect([apart.room?.id, apart.seq]).toEqual([room, undefined]);
      await admin.do("DELETE", `/rooms/${room}/members/${admin.id}`);
      expect((await newestOf(admin)).seq).toBeUndefined();
      await settle(admin);
    }
  });

  test("in a private conversation is told to nobody but an administrator who is one of the two", async () => {
    const ours = (await ann.direct(admin)).room.id;
    const line = await ann.send(ours, "you are no good");
    await report(admin, ours, line.id, "For the others to see");
    expect(await newestOf(admin)).toMatchObject({ room: { id: ours, kind: "direct" }, seq: line.seq });
    const apart = await newestOf(owner);
    expect([apart.room, apart.seq, apart.removable]).toEqual([undefined, undefined, undefined]);
    await settle(owner);
  });
});

describe("a whisper", () => {
  const whisper = (who: Person, room: string, to: Person, text: string): Promise<Whisper> =>
    who.do("POST", `/rooms/${room}/whispers`, { client_id: newClientId(), to: to.id, text });
  const tell = (who: Person, { room, id }: Whisper, reason: unknown): Promise<Answer> =>
    who.ask("POST", `/rooms/${room}/whispers/${id}/report`, { reason });

  test("is reported by the one who heard it; administrators read it as it stood, and nobody else learns of it", async () => {
    const den = (await bob.group("Den", ann, admin)).room.id;
    const said = await whisper(bob, den, ann, "meet me, or else");
    const live = await Promise.all([Live.open(bob), Live.open(ann), Live.open(owner)]);
    const before = live.map((l) => [l.useq, l.heads.get(den)]);
    expect((await tell(ann, said, "A threat")).status).toBe(204);
    expect((await tell(ann, said, "Again")).status).toBe(204);
    expect((await live[2].next("reports")).count).toBe(1);
    await bob.do("PATCH", `/rooms/${den}/whispers/${said.id}`, { text: "good morning" });
    const [one, ...more] = await reports();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      whisper: true,
      text: "meet me, or else",
      edited: true,
      message: said.id,
      author: { id: bob.id },
      by: { id: ann.id },
      room: { id: den, name: "Den" },
    });
    // It can't be removed, it has no place for others, and is to be found nowhere.
    expect([one!.removable, one!.seq]).toEqual([undefined, undefined]);
    for (const who of [owner, admin]) {
      expect(textsOf(await find(who, "?q=meet"))).toEqual([]);
      for (const path of [`/admin/rooms/${den}/messages/${said.id}/removal`, `/rooms/${den}/whispers/${said.id}/report`])
        expect(code(await who.ask("POST", path, { reason: "x" })), path).toBe("not_found");
    }
    await bob.do("DELETE", `/rooms/${den}/whispers/${said.id}`);
    const [gone] = await reports();
    expect([gone!.text, gone!.deleted, gone!.edited]).toEqual(["meet me, or else", true, undefined]);
    await live[0].until((l) => l.useq >= before[0]![0]! + 2, "bob has his edit and his deletion");
    expect(live[0].useq).toBe(before[0]![0]! + 2);
    expect(live[0].heads.get(den)).toBe(before[0]![1]);
    expect([...live[0].of("reports"), ...live[1].of("reports")]).toEqual([]);
    await admin.do("DELETE", `/admin/reports/${gone!.id}`);
    expect(await newest()).toMatchObject({ act: "report_settled", user: bob.id, room: den });
    for (const l of live) l.close();
  });

  test("needs a reason, and that it was said to oneself and is not deleted", async () => {
    const said = await whisper(bob, group, ann, "psst");
    for (const reason of [undefined, "", " ", "x".repeat(501), 5]) expect((await tell(ann, said, reason)).status).toBe(400);
    expect(code(await tell(bob, said, "mine"))).toBe("forbidden");
    for (const who of [owner, admin]) expect(code(await tell(who, said, "x"))).toBe("not_found");
    expect(code(await report(ann, group, said.id, "x"))).toBe("whisper_only");
    await bob.do("DELETE", `/rooms/${group}/whispers/${said.id}`);
    expect(code(await tell(ann, said, "x"))).toBe("message_deleted");
    expect(await reports()).toEqual([]);
  });

  test("outlives its room in the report", async () => {
    const hut = (await bob.group("Hut", ann)).room.id;
    const said = await whisper(bob, hut, ann, "nobody will know");
    await tell(ann, said, "A threat");
    await bob.do("DELETE", `/rooms/${hut}`);
    expect(must((await reports())[0])).toMatchObject({ whisper: true, text: "nobody will know", room_deleted: true });
    await admin.do("DELETE", `/admin/reports/${must((await reports())[0]).id}`);
  });
});

describe("how many reports wait", () => {
  test("the owner and the admins are told on every way, when it changes and when they come; nobody else is", async () => {
    const counts = (live: Live): number[] => live.of("reports").map((f) => f.count);
    const told = await Promise.all([Live.open(owner), Live.open(admin, "sse"), Live.open(admin, "poll")]);
    const others = await Promise.all([Live.open(ann), Live.open(bob, "sse")]);
    for (const live of told) expect(live.ready.reports).toBe(0);
    const [one, two] = [await bob.send(open, "buy now"), await bob.send(open, "buy more")];
    await report(ann, open, one.id, "Spam");
    await report(ann, open, one.id, "Spam again"); // is no second one
    await report(ann, open, two.id, "Spam");
    await admin.do("DELETE", `/admin/reports/${must((await reports())[1]).id}`);
    await owner.do("POST", `/admin/rooms/${open}/messages/${two.id}/removal`, { reason: "Spam" });
    for (const live of told) {
      await live.until(() => counts(live).length === 4, "four changes are told");
      expect(counts(live)).toEqual([1, 2, 1, 0]);
    }
    // Removing what nobody reported changes nothing of it.
    const third = await bob.send(open, "buy here");
    await owner.do("POST", `/admin/rooms/${open}/messages/${third.id}/removal`, { reason: "Spam" });
    const last = await ann.send(open, "enough");
    for (const live of others) {
      await live.reaches(open, last.seq);
      expect([counts(live), live.ready.reports]).toEqual([[], undefined]);
    }
    await report(bob, open, last.id, "Curt");
    for (const live of told) await live.until(() => counts(live).join() === "1,2,1,0,1", "one more waits");
    const back = await Live.open(owner, "ws", { cursors: told[0].cursors });
    expect([back.ready.resumed, back.ready.reports]).toEqual([true, 1]);
    for (const live of [...told, ...others, back]) {
      expect(live.violations).toEqual([]);
      live.close();
    }
  });

  test("whoever becomes an admin is told at once, and whoever is none any more no longer", async () => {
    const live = await Live.open(ann);
    expect(live.ready.reports).toBeUndefined();
    await owner.do("PATCH", `/admin/users/${ann.id}`, { role: "admin" });
    expect((await live.next("reports")).count).toBe(1);
    await owner.do("PATCH", `/admin/users/${ann.id}`, { role: "member" });
    await admin.do("DELETE", `/admin/reports/${must((await reports())[0]).id}`);
    const line = await bob.send(open, "hello");
    await live.reaches(open, line.seq);
    expect(live.of("reports")).toHaveLength(1);
    const again = await Live.open(ann, "ws", { cursors: live.cursors });
    expect(again.ready.reports).toBeUndefined();
    for (const one of [live, again]) one.close();
  });
});
