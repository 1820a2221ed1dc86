/* What `confab export` writes: all that was made, nothing that lets somebody in, as it was at one moment. */
import { execFile, spawn } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditLine, Whisper } from "../../web/src/protocol/generated";
import { Person, call } from "./harness/api";
import { png } from "./harness/pictures";
import { Server, binary } from "./harness/server";
import { must } from "./harness/wait";

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

let server: Server;
let ann: Person, bob: Person, eve: Person;
let group = "", open = "", direct = "";
const run = promisify(execFile);
const shell = async (...words: string[]): Promise<string> => (await run(binary(), [...words, "--data", server.data], { maxBuffer: 1 << 28 })).stdout;
const lines = (text: string): Line[] => text.trim().split("\n").map((line) => JSON.parse(line) as Line);
const of = (all: readonly Line[], type: string): Line[] => all.filter((line) => line.type === type);

beforeAll(async () => {
  server = await Server.start();
  ann = await Person.signUp(server, "ann", "Ann A.");
  bob = await Person.signUp(server, "bob");
  eve = await Person.signUp(server, "eve");
  await ann.do("PATCH", "/me", { about: "Gardener", email: "ann@example.org" });
  await call(server, "PUT", "/me/avatar", { token: ann.token, raw: png(20, 20), headers: { "content-type": "image/png" } });
  group = (await ann.group("Garden", bob)).room.id;
  open = (await bob.open("Lobby", eve)).room.id;
  direct = (await ann.direct(eve)).room.id;
  const first = await ann.send(group, "helo");
  await ann.do("PATCH", `/rooms/${group}/messages/${first.id}`, { text: "hello" });
  await ann.do("PATCH", `/rooms/${group}/messages/${first.id}`, { text: "hello, garden" });
  const second = await bob.send(group, "an answer\nin “two” lines 🌱", { reply_to: first.seq });
  for (const who of [ann, bob]) await who.do("PUT", `/rooms/${group}/messages/${second.id}/reactions`, { emoji: "👍" });
  await ann.do("PUT", `/rooms/${group}/messages/${second.id}/pin`);
  const third = await bob.send(group, "regretted");
  await bob.do("DELETE", `/rooms/${group}/messages/${third.id}`);
  await ann.do<Whisper>("POST", `/rooms/${group}/whispers`, { client_id: "w1", to: bob.id, text: "between us" });
  await eve.send(open, "all may read it");
  await ann.send(direct, "for eve alone");
});
afterAll(async () => {
  await server.stop();
});

describe("an export", () => {
  test("of the whole server has all of it, and counts it", async () => {
    const path = join(server.data, "all.jsonl");
    const counts = JSON.parse(await shell("export", path)) as Line;
    const text = readFileSync(path, "utf8");
    const all = lines(text);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(all[0]).toMatchObject({ type: "export", format: 1, server: "Confab" });
    expect(all.at(-1)).toEqual(counts);
    for (const [type, count] of [["account", "accounts"], ["room", "rooms"], ["member", "members"], ["message", "messages"], ["whisper", "whispers"], ["picture", "pictures"]] as const)
      expect([type, of(all, type).length]).toEqual([type, counts[count]]);
    expect(counts).toMatchObject({ accounts: 3, rooms: 3, edits: 2, reactions: 2, pins: 1, whispers: 1, pictures: 1 });
    expect(of(all, "account").find((a) => a["id"] === ann.id)).toMatchObject({ name: "ann", display_name: "Ann A.", kind: "person", role: "owner", about: "Gardener", email: "ann@example.org" });
    expect(of(all, "member").filter((m) => m["room"] === direct).map((m) => m["user"]).sort()).toEqual([ann.id, eve.id].sort());
    expect(of(all, "whisper")).toMatchObject([{ room: group, author: ann.id, to: bob.id, text: "between us" }]);
    expect(Buffer.from(String(must(of(all, "picture")[0])["data"]), "base64").toString("latin1", 0, 4)).toBe("RIFF");
    // Nothing that lets somebody in.
    expect(text).not.toMatch(/argon2|password|token|hash/);
    for (const secret of [ann.token, bob.token]) expect(text.includes(secret)).toBe(false);
  });

  test("tells of messages what the API tells", async () => {
    const all = of(lines(await shell("export", "-")), "message");
    for (const [who, room] of [[ann, group], [eve, open], [ann, direct]] as const) {
      const mine = all.filter((m) => m["room"] === room);
      const { messages } = await who.page(room);
      expect(mine.map((m) => [m["id"], m["seq"], m["kind"], m["author"], m["at"], m["text"], m["reply_to"], m["edited_at"], m["deleted_at"]])).toEqual(
        messages.map((m) => [m.id, m.seq, m.kind, m.author, m.at, m.text, m.reply_to, m.edited_at, m.deleted_at]),
      );
      for (const [i, m] of messages.entries()) {
        const line = must(mine[i]);
        if (m.edited_at !== undefined) expect(line["edits"]).toEqual((await who.do<{ items: unknown[] }>("GET", `/rooms/${room}/messages/${m.id}/edits`)).items);
        const reactions = line["reactions"] as { emoji: string; user: string }[] | undefined;
        expect(reactions?.length ?? 0).toBe((m.reactions ?? []).reduce((n, r) => n + r.count, 0));
        expect(line["pinned"] !== undefined).toBe(m.pinned === true);
        expect((line["notice"] as { kind: string } | undefined)?.kind).toBe(m.notice?.kind);
      }
    }
    expect(all.find((m) => m["reactions"])).toMatchObject({ reactions: [{ emoji: "👍", user: ann.id }, { emoji: "👍", user: bob.id }], pinned: { user: ann.id } });
  });

  test("of a room has the room alone, and of people what their company sees", async () => {
    const text = await shell("export", "--room", "Garden", "-");
    const all = lines(text);
    expect(all[0]).toMatchObject({ type: "export", room: group });
    expect(of(all, "room")).toMatchObject([{ id: group, kind: "group", name: "Garden" }]);
    expect(of(all, "account").map((a) => Object.keys(a))).toEqual([1, 2].map(() => ["type", "id", "name", "display_name", "kind"]));
    expect(new Set(of(all, "message").map((m) => m["room"]))).toEqual(new Set([group]));
    expect([of(all, "whisper"), of(all, "picture")]).toEqual([[], []]);
    for (const hidden of ["between us", "for eve alone", "example.org"]) expect(text.includes(hidden)).toBe(false);
    const [line] = (await ann.do<{ items: AuditLine[] }>("GET", "/admin/audit?limit=1")).items;
    expect(line).toMatchObject({ act: "data_exported", source: "shell", room: group, room_name: "Garden", changes: [{ what: "file", to: "standard output" }] });
  });

  test("is refused for what is not there, for private conversations, and where it can't be written", async () => {
    for (const room of ["Desert", direct]) await expect(shell("export", "--room", room, "-")).rejects.toThrow(/no group or open room has this name or id/);
    await expect(shell("export", join(server.data, "nowhere", "x"))).rejects.toThrow(/can't write/);
    await expect(run(binary(), ["export", "/dev/full/x", "--data", server.data])).rejects.toThrow(/can't write/);
    await expect(run("sh", ["-c", `${binary()} export - --data ${server.data} > /dev/full`])).rejects.toThrow(/can't write standard output/);
    await expect(shell("export")).rejects.toThrow(/usage/);
  });

  test("is one moment of a server that goes on", async () => {
    const long = "x".repeat(6000);
    const before: string[] = [];
    for (let i = 0; i < 300; i++) before.push((await ann.send(direct, `${String(i)} ${long}`)).id);
    const child = spawn(binary(), ["export", "-", "--data", server.data], { stdio: ["ignore", "pipe", "pipe"] });
    const reader = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const all: Line[] = [JSON.parse(must((await reader.next()).value as string)) as Line];
    // It has begun, and can't end: the pipe is full long before.
    child.stdout.pause();
    const late = [await ann.send(direct, "too late"), await bob.send(group, "too late")];
    const newcomer = await Person.signUp(server, "late");
    await ann.do("PATCH", `/rooms/${direct}/messages/${must(before.at(-2))}`, { text: "changed" });
    expect(child.exitCode).toBeNull();
    child.stdout.resume();
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) all.push(JSON.parse(next.value) as Line);
    expect(all.at(-1)?.type).toBe("end");
    const messages = of(all, "message");
    const ids = new Set(messages.map((m) => m["id"]));
    for (const id of before) expect(ids.has(id)).toBe(true);
    for (const { id } of late) expect(ids.has(id)).toBe(false);
    expect(messages.some((m) => m["text"] === "changed")).toBe(false);
    expect(of(all, "account").some((a) => a["id"] === newcomer.id)).toBe(false);
    for (const room of of(all, "room")) {
      const seqs = messages.filter((m) => m["room"] === room["id"]).map((m) => m["seq"] as number);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(Math.max(...seqs)).toBeLessThanOrEqual(room["head"] as number);
    }
  });
});
