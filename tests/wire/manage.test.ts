/* The administrator's site over the API: people, rooms, messages, figures; and links that let people in. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  Accepted,
  Figures,
  Invitation,
  Invite,
  ManagedRoom,
  ManagedUser,
  Problem,
  ResetLink,
  Session,
  SignedIn,
  User,
} from "../../web/src/protocol/generated";
import { Person, call, type Answer } from "./harness/api";
import { Live } from "./harness/live";
import { Server, binary } from "./harness/server";
import { eventually, must } from "./harness/wait";

let server: Server;
let owner: Person, admin: Person, member: Person;

beforeAll(async () => {
  server = await Server.start();
  owner = await Person.signUp(server, "owner1");
  admin = await Person.signUp(server, "warden");
  member = await Person.signUp(server, "plain", "Plain Person");
  await owner.do("PATCH", `/admin/users/${admin.id}`, { role: "admin" });
});
afterAll(async () => {
  await server.stop();
});

const run = promisify(execFile);
const shell = async (...words: string[]): Promise<string> => (await run(binary(), [...words, "--data", server.data])).stdout;
const code = (answer: Answer): string => (answer.body as Problem).code;
const post = <T>(path: string, body: unknown): Promise<Answer<T>> => call<T>(server, "POST", path, { body });

describe("the site", () => {
  test("is not there for who may not have it, whatever they ask of it", async () => {
    const { room } = await member.group("Mine");
    const message = await member.send(room.id, "hello");
    const asked: readonly (readonly [string, string, unknown?])[] = [
      ["GET", "/admin/figures"],
      ["GET", "/admin/users"],
      ["GET", "/admin/users?limit=x&sort=y&cursor=z"],
      ["POST", "/admin/users", { name: 5 }],
      ["GET", `/admin/users/${owner.id}`],
      ["PATCH", `/admin/users/${member.id}`, { role: "owner" }],
      ["PATCH", `/admin/users/${member.id}`, { disabled: "perhaps" }],
      ["POST", `/admin/users/${member.id}/reset`],
      ["GET", `/admin/users/${member.id}/sessions`],
      ["DELETE", `/admin/users/${member.id}/sessions`],
      ["GET", "/admin/rooms?kind=x"],
      ["GET", `/admin/rooms/${room.id}`],
      ["PATCH", `/admin/rooms/${room.id}`, { archived: 3 }],
      ["DELETE", `/admin/rooms/${room.id}`],
      ["GET", `/admin/rooms/${room.id}/members?limit=0`],
      ["POST", `/admin/rooms/${room.id}/messages/${message.id}/removal`, {}],
      ["GET", "/admin/invites"],
      ["POST", "/admin/invites", { uses_most: [] }],
      ["GET", "/admin/audit?act=x"],
      ["PATCH", "/admin/settings", { text_chars: "many" }],
      ["DELETE", "/admin/picture"],
    ];
    for (const [method, path, body] of asked) {
      const answer = await member.ask(method, path, body);
      expect([path, answer.status, code(answer)]).toEqual([path, 404, "not_found"]);
      expect((answer.body as Problem).field, path).toBeUndefined();
      expect((await call(server, method, path, { body })).status, path).toBe(401);
    }
    expect((await admin.ask("GET", "/admin/users?limit=x")).status).toBe(400);
    expect((await member.ask("GET", "/me")).status).toBe(200);
  });

  test("tells how the server is", async () => {
    const live = await Live.open(member);
    const figures = await eventually(async () => {
      const now = await admin.do<Figures>("GET", "/admin/figures");
      return now.connections === 1 ? now : undefined;
    }, "the live connection is not counted");
    expect(figures).toMatchObject({ people: 3, online: 1 });
    for (const bytes of [figures.memory_bytes, figures.disk_bytes, figures.disk_free_bytes]) expect(bytes).toBeGreaterThan(1000);
    live.close();
  });
});

describe("people", () => {
  test("are made with a link, by which they set their password and are signed in", async () => {
    const link = await admin.do<ResetLink>("POST", "/admin/users", { name: "newcomer", display_name: "New Comer" });
    expect((await post("/session", { name: "newcomer", password: "" })).status).toBe(401);
    expect((await post<User>("/resets/look", { token: link.token })).body.name).toBe("newcomer");
    expect(code(await post("/resets", { token: link.token, password: "short" }))).toBe("password_weak");
    const used = await post<SignedIn>("/resets", { token: link.token, password: "a quiet place" });
    expect([used.status, used.body.user.name]).toEqual([200, "newcomer"]);
    expect(String(used.headers["set-cookie"])).toMatch(/^confab_session=[\w-]{43};.*HttpOnly/);
    expect(used.body.token).toBeUndefined();
    expect(code(await post("/resets", { token: link.token, password: "a quiet place" }))).toBe("link_used");
    expect((await post("/session", { name: "newcomer", password: "a quiet place" })).status).toBe(200);
  });

  test("are shut out with all their connections, and the owner is not theirs to touch", async () => {
    const eve = await Person.signUp(server, "eve");
    const live = await Live.open(eve);
    expect(await admin.do<ManagedUser>("PATCH", `/admin/users/${eve.id}`, { disabled: true })).toMatchObject({
      user: { disabled: true },
      sessions: 0,
    });
    expect(await live.ended()).toMatchObject({ code: 1008 });
    expect((await eve.ask("GET", "/me")).status).toBe(401);
    for (const body of [{ disabled: true }, { name: "other" }, { role: "member" }]) {
      expect((await admin.ask("PATCH", `/admin/users/${owner.id}`, body)).status).toBe(403);
    }
    expect((await admin.ask("POST", `/admin/users/${owner.id}/reset`)).status).toBe(403);
    expect((await admin.ask("DELETE", `/admin/users/${owner.id}/sessions`)).status).toBe(403);
  });

  test("are signed out everywhere, and hear of a new name", async () => {
    const kit = await Person.signUp(server, "kit");
    await kit.again();
    const live = await Live.open(kit);
    await admin.do("PATCH", `/admin/users/${kit.id}`, { display_name: "Christopher" });
    expect((await live.next("me")).user.display_name).toBe("Christopher");
    const { items } = await admin.do<{ items: Session[] }>("GET", `/admin/users/${kit.id}/sessions`);
    expect(items).toHaveLength(2);
    await admin.do("DELETE", `/admin/users/${kit.id}/sessions/${must(items.find((s) => s.id !== kit.session)).id}`);
    expect((await kit.ask("GET", "/me")).status).toBe(200);
    await admin.do("DELETE", `/admin/users/${kit.id}/sessions`);
    expect(await live.ended()).toMatchObject({ code: 1008 });
  });
});

describe("rooms and messages", () => {
  test("an archived room can be read, and written in again when it is restored", async () => {
    const { room } = await member.open("Old hall");
    const live = await Live.open(member);
    expect(await admin.do<ManagedRoom>("PATCH", `/admin/rooms/${room.id}`, { archived: true })).toMatchObject({ room: { archived: true } });
    expect((await live.next("message")).message.notice).toMatchObject({ kind: "archived" });
    expect(code(await member.ask("POST", `/rooms/${room.id}/messages`, { client_id: "late", text: "late" }))).toBe("room_archived");
    expect((await member.ask("GET", `/rooms/${room.id}/messages`)).status).toBe(200);
    expect((await admin.ask("GET", `/rooms/${room.id}`)).status).toBe(404);
    await admin.do("PATCH", `/admin/rooms/${room.id}`, { archived: false });
    await member.send(room.id, "on time");
  });

  test("a message is removed, and its author alone hears why", async () => {
    const author = await Person.signUp(server, "author");
    const { room } = await member.open("Square", author);
    const message = await author.send(room.id, "buy now");
    const [theirs, others] = [await Live.open(author), await Live.open(member)];
    const path = `/admin/rooms/${room.id}/messages/${message.id}/removal`;
    expect((await admin.ask("POST", path, {})).status).toBe(400);
    expect((await admin.ask("POST", path, { reason: "Advertising" })).status).toBe(204);
    expect(await theirs.next("removed")).toMatchObject({ room: room.id, seq: message.seq, reason: "Advertising" });
    await others.next("delete");
    expect(others.of("removed")).toEqual([]);
    const of = async (p: Person): Promise<unknown> => (await p.page(room.id)).messages.find((m) => m.id === message.id);
    expect(await of(author)).toMatchObject({ text: "", removed: "Advertising" });
    expect(await of(member)).not.toHaveProperty("removed");
    // Told again to a device that was away.
    const again = await Live.open(author, "ws", { cursors: { ...theirs.cursors, useq: theirs.useq - 1 } });
    expect(again.of("removed")).toMatchObject([{ reason: "Advertising" }]);
    for (const live of [theirs, others, again]) expect(live.violations).toEqual([]);
  });
});

describe("invite links", () => {
  test("lead into a room, and say no more of it than their maker allows", async () => {
    const { room } = await member.group("Secret garden");
    const shy = await member.do<Invite>("POST", `/rooms/${room.id}/invites`, { shows: false, uses_most: 1 });
    const told = await post<Invitation>("/invites/look", { token: shy.token });
    expect(told.body).toEqual({ server: "Confab", to_room: true, sign_up: true });
    const frank = await member.do<Invite>("POST", `/rooms/${room.id}/invites`, { expires_in: 3600 });
    expect((await post<Invitation>("/invites/look", { token: frank.token })).body).toMatchObject({
      room_name: "Secret garden",
      member_count: 1,
      by: "Plain Person",
    });
    const fay = await Person.signUp(server, "fay");
    const live = await Live.open(fay);
    expect(await fay.do<Accepted>("POST", "/invites/accept", { token: shy.token })).toEqual({ room: room.id });
    expect((await live.next("room_added")).entry.room.name).toBe("Secret garden");
    expect(code(await post("/invites/look", { token: shy.token }))).toBe("invite_used_up");
    // It still leads there who is in; a session that is over makes one nobody.
    const look = (token: string) => call<Invitation & Problem>(server, "POST", "/invites/look", { token, body: { token: shy.token } });
    expect((await look(fay.token)).body).toMatchObject({ room: room.id, room_name: "Secret garden", to_room: true });
    expect(await fay.do<Accepted>("POST", "/invites/accept", { token: shy.token })).toEqual({ room: room.id });
    for (const token of ["y".repeat(43), admin.token]) expect((await look(token)).body).toMatchObject({ code: "invite_used_up" });
    await member.do("DELETE", `/rooms/${room.id}/invites/${frank.id}`);
    const gone = await post<Problem>("/invites/look", { token: frank.token });
    expect([gone.status, gone.body.code, gone.text.includes("garden")]).toEqual([410, "invite_revoked", false]);
    expect((await post("/invites/look", { token: "x".repeat(43) })).status).toBe(404);
    expect((await fay.ask("GET", `/rooms/${room.id}/invites`)).status).toBe(403);
    expect((await admin.ask("GET", `/rooms/${room.id}/invites`)).status).toBe(404);
    const { items } = await member.do<{ items: Invite[] }>("GET", `/rooms/${room.id}/invites`);
    expect(items.map((i) => [i.id, i.state, i.uses, i.token])).toEqual([[shy.id, "used_up", 1, undefined]]);
    live.close();
  });

  test("let people sign up where invites are needed, into the room at once", async () => {
    const { room } = await admin.group("Newcomers");
    const { token } = await admin.do<Invite>("POST", `/rooms/${room.id}/invites`, {});
    await owner.do("PATCH", "/admin/settings", { sign_up: "invite" });
    const body = { name: "guest1", password: "correct horse", token: true };
    expect(code(await post("/accounts", body))).toBe("invite_needed");
    const signed = await post<SignedIn>("/accounts", { ...body, invite: token });
    expect(signed.status).toBe(201);
    const rooms = await call<{ items: { room: { id: string } }[] }>(server, "GET", "/rooms", { token: signed.body.token });
    expect(rooms.body.items.map((e) => e.room.id)).toEqual([room.id]);
    await owner.do("PATCH", "/admin/settings", { sign_up: "open" });
  });
});

describe("the shell beside the server", () => {
  test("makes links that work, and signs people out", async () => {
    const joe = await Person.signUp(server, "joe");
    const live = await Live.open(joe);
    await shell("user", "signout", "joe");
    await live.ended();
    const token = must((await shell("user", "reset", "joe")).trim().split("#")[1]);
    expect((await post("/resets", { token, password: "another long one" })).status).toBe(200);
    const invite = must((await shell("invite", "make", "--uses", "2")).trim().split("#")[1]);
    expect((await post<Invitation>("/invites/look", { token: invite })).body).toMatchObject({ to_room: false, by: "owner1" });
    await shell("user", "role", "joe", "admin");
    const again = await post<SignedIn>("/session", { name: "joe", password: "another long one", token: true });
    expect((await call(server, "GET", "/admin/figures", { token: must(again.body.token) })).status).toBe(200);
  });

  test("changes rooms before the eyes of their members", async () => {
    const { room } = await member.open("Workshop", admin);
    await member.group("Workshop"); // a group of the same name
    const live = await Live.open(admin);
    const audit = async (): Promise<unknown> => (await owner.do<{ items: unknown[] }>("GET", "/admin/audit?limit=1")).items[0];
    await expect(shell("room", "archive", "Workshop")).rejects.toThrow(/more than one room/);
    await expect(shell("room", "show", "Workshops")).rejects.toThrow(/confab: no group or open room has this name or id/);
    const { room: cellar } = await member.group("Ünder stairs");
    expect(await shell("room", "show", "ünder STAIRS")).toContain(cellar.id);
    const { room: second } = await member.group("ünder Stairs");
    expect(await shell("room", "show", "ünder Stairs")).toContain(second.id);
    await expect(shell("room", "show", "ünder STAIRS")).rejects.toThrow(/more than one room/);
    await shell("room", "rename", room.id, "Tool shed");
    expect((await live.next("message")).message).toMatchObject({ author: owner.id, notice: { kind: "renamed", name: "Tool shed" } });
    expect(await audit()).toMatchObject({ act: "room_changed", source: "shell", room: room.id, changes: [{ what: "name", from: "Workshop", to: "Tool shed" }] });
    await shell("room", "topic", "tool SHED", "Hammers");
    await shell("room", "archive", "tool SHED");
    await live.next("message", (f) => f.message.notice?.kind === "archived");
    expect(code(await member.ask("POST", `/rooms/${room.id}/messages`, { client_id: "closed", text: "x" }))).toBe("room_archived");
    expect(JSON.parse((await shell("room", "show", room.id, "--json")).trim())).toMatchObject({
      room: { id: room.id, name: "Tool shed", topic: "Hammers", archived: true, member_count: 2 },
      owner: { name: "plain" },
      members: expect.arrayContaining([expect.objectContaining({ role: "owner" })]) as unknown,
    });
    await shell("room", "restore", room.id);
    await shell("room", "owner", room.id, "Warden");
    await live.next("message", (f) => f.message.notice?.kind === "role" && f.message.notice.role === "owner");
    expect(await shell("room", "show", room.id)).toMatch(/^owner {4}warden$/m);
    expect(await audit()).toMatchObject({ act: "room_owner", user: admin.id, source: "shell" });
    await member.send(room.id, "still here");
    const listed = (await shell("room", "list", "shed", "--json")).trim().split("\n").map((line) => (JSON.parse(line) as ManagedRoom).room.id);
    expect(listed).toEqual([room.id]);
    await expect(shell("room", "delete", room.id)).rejects.toThrow(/--yes/);
    await shell("room", "delete", room.id, "--yes");
    expect(await live.next("room_removed")).toMatchObject({ room: room.id });
    expect((await admin.ask("GET", `/rooms/${room.id}/messages`)).status).toBe(404);
    expect(await audit()).toMatchObject({ act: "room_deleted", room_name: "Tool shed" });
    expect(live.violations).toEqual([]);
    live.close();
  });
});
