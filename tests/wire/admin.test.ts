/* The administrator's site, over the API, and what the shell does beside a running server. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditCheck, AuditLine, Server as About, Settings } from "../../web/src/protocol/generated";
import { Person, call } from "./harness/api";
import { Live } from "./harness/live";
import { png, sizeOfWebp } from "./harness/pictures";
import { Server, binary } from "./harness/server";
import { eventually, must } from "./harness/wait";

let server: Server;
let owner: Person, member: Person;

beforeAll(async () => {
  server = await Server.start();
  owner = await Person.signUp(server, "owner1");
  member = await Person.signUp(server, "plain");
});
afterAll(async () => {
  await server.stop();
});

const run = promisify(execFile);
/** `confab …` in the data folder of the running server. */
const shell = async (...words: string[]): Promise<string> => (await run(binary(), [...words, "--data", server.data])).stdout;

const audit = async (query = ""): Promise<readonly AuditLine[]> => (await owner.do<{ items: AuditLine[] }>("GET", `/admin/audit${query}`)).items;
const settings = (body: Partial<Settings>): Promise<Settings> => owner.do("PATCH", "/admin/settings", body);

describe("settings", () => {
  test("are told to who asks, and changed by administrators alone", async () => {
    expect(await owner.do<Settings>("GET", "/admin/settings")).toMatchObject({ sign_up: "open", text_chars: 8000, accounts: 0 });
    for (const [method, body] of [["GET", undefined], ["PATCH", { name: "Mine" }]] as const) {
      expect((await member.ask(method, "/admin/settings", body)).status).toBe(404);
      expect((await call(server, method, "/admin/settings", { body })).status).toBe(401);
    }
    expect(await settings({ name: "Hill & Dale", text_chars: 500 })).toMatchObject({ name: "Hill & Dale", text_chars: 500 });
    expect((await call<About>(server, "GET", "/server")).body).toMatchObject({ name: "Hill & Dale", text_chars: 500, sign_up: "open" });
    const { room } = await member.direct(member);
    const long = await member.ask("POST", `/rooms/${room.id}/messages`, { client_id: "long", text: "x".repeat(501) });
    expect([long.status, (long.body as { code: string }).code]).toEqual([422, "text_too_long"]);
    await settings({ text_chars: 8000 });
    expect(await audit("?act=settings_changed&limit=1")).toMatchObject([
      { source: "api", actor: owner.id, actor_name: "owner1", changes: [{ what: "text_chars", from: "500", to: "8000" }] },
    ]);
  });

  test("refuse what they can't be, and change nothing then", async () => {
    const before = await owner.do<Settings>("GET", "/admin/settings");
    for (const wrong of [{ sign_up: "sometimes" }, { text_chars: 1 }, { text_chars: 9000 }, { room_members: 1 }, { name: "" }, { name: "\u202e" }]) {
      expect((await owner.ask("PATCH", "/admin/settings", { accounts: 5, ...wrong })).status, JSON.stringify(wrong)).toBe(400);
    }
    expect(await owner.do<Settings>("GET", "/admin/settings")).toEqual(before);
  });

  test("close the door", async () => {
    await settings({ sign_up: "closed" });
    const body = { name: "late", password: "correct horse" };
    expect((await call(server, "POST", "/accounts", { body })).body).toMatchObject({ code: "sign_up_closed", status: 403 });
    await settings({ sign_up: "invite" });
    expect((await call(server, "POST", "/accounts", { body })).body).toMatchObject({ code: "invite_needed", status: 403 });
    await settings({ sign_up: "open" });
    expect((await call(server, "POST", "/accounts", { body })).status).toBe(201);
  });
});

describe("the server's picture", () => {
  const put = (who: Person | undefined, raw: Buffer | string, type = "image/png") =>
    call<Settings>(server, "PUT", "/admin/picture", { token: who?.token, raw, headers: { "content-type": type } });
  const manifest = async () =>
    (await fetch(`http://${server.host}/manifest.webmanifest`)).json() as Promise<{ name: string; icons: { src: string; type: string; sizes: string }[] }>;

  test("is set by administrators, and seen by whoever comes to the door", async () => {
    const { body: made } = await put(owner, png(60, 40));
    const name = must(made.picture);
    expect((await call<About>(server, "GET", "/server")).body.picture).toBe(name);
    for (const side of [96, 256, 512]) {
      const answer = await fetch(`http://${server.host}/api/v1/server/picture/${name}-${String(side)}`, { headers: { cookie: "confab_session=stale" } });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/webp"]);
      expect(answer.headers.get("cache-control")).toMatch(/^public, .*immutable/);
      expect(sizeOfWebp(Buffer.from(await answer.arrayBuffer()))).toEqual([side, side]);
    }
    expect(await audit("?limit=1")).toMatchObject([{ act: "settings_changed", actor: owner.id, changes: [{ what: "picture", from: "", to: name }] }]);
    await put(owner, png(60, 40)); // the same one: nothing changes
    expect(await audit("?limit=1")).toMatchObject([{ changes: [{ from: "" }] }]);
    const { body: other } = await put(owner, png(60, 40, { rgb: [1, 2, 3] }));
    expect((await call(server, "GET", `/server/picture/${name}-96`)).status).toBe(404);
    expect((await call(server, "GET", `/server/picture/${must(other.picture)}-96`)).status).toBe(200);
    expect((await shell("doctor")).includes("picture is not there")).toBe(false);
  });

  test("is the installed app's, with the server's name", async () => {
    await settings({ name: "Hill & Dale" });
    const { icons, name } = await manifest();
    expect([name, icons.map((i) => i.sizes)]).toEqual(["Hill & Dale", ["96x96", "256x256", "512x512"]]);
    for (const icon of icons) expect((await fetch(`http://${server.host}${icon.src}`)).headers.get("content-type")).toBe(icon.type);
    await owner.do("DELETE", "/admin/picture");
    expect((await call<About>(server, "GET", "/server")).body).not.toHaveProperty("picture");
    for (const icon of (await manifest()).icons) expect((await fetch(`http://${server.host}${icon.src}`)).headers.get("content-type")).toBe(icon.type);
    expect((await shell("doctor")).includes("nobody's")).toBe(false);
  });

  test("is nobody else's to set, who can't tell either that it can be", async () => {
    for (const [raw, type] of [[png(9, 9), "image/png"], ["hello", "text/plain"]] as const) {
      expect((await put(member, raw, type)).body).toMatchObject({ status: 404, code: "not_found" });
      expect((await put(undefined, raw, type)).status).toBe(401);
    }
    expect((await put(owner, "hello", "text/plain")).body).toMatchObject({ status: 415, code: "picture_type" });
    expect((await put(owner, "hello")).body).toMatchObject({ status: 422, code: "picture_unreadable" });
    await expect(shell("settings", "picture", "abc")).rejects.toThrow(/uploaded/);
  });
});

describe("the audit log", () => {
  test("is whole, and says so", async () => {
    const check = await owner.do<AuditCheck>("GET", "/admin/audit/check");
    expect(check.broken_at).toBeUndefined();
    const [newest] = await audit("?limit=1");
    expect([check.lines, check.hash]).toEqual([newest?.id, newest?.hash]);
    expect((await shell("audit", "verify", "--seen", `${String(check.lines)}:${check.hash}`)).trim()).toBe(`${String(check.lines)}:${check.hash}`);
    await expect(shell("audit", "verify", "--seen", `${String(check.lines)}:${"0".repeat(64)}`)).rejects.toThrow();
    expect((await member.ask("GET", "/admin/audit")).status).toBe(404);
  });
});

describe("the shell beside the server", () => {
  test("shuts an account, and its connections close", async () => {
    const eve = await Person.signUp(server, "eve");
    const live = await Live.open(eve);
    await shell("user", "disable", "eve");
    expect(await live.ended()).toMatchObject({ code: 1008 });
    expect((await eve.ask("GET", "/me")).status).toBe(401);
    const [line] = await audit("?limit=1");
    expect(line).toMatchObject({ act: "user_disabled", source: "shell", user: eve.id, user_name: "eve" });
    expect(must(line).actor).toBeUndefined();
  });

  test("sets a password, and sessions end with their connections", async () => {
    const kit = await Person.signUp(server, "kit");
    const live = await Live.open(kit, "sse");
    const child = run(binary(), ["user", "passwd", "kit", "--password-stdin", "--data", server.data]);
    child.child.stdin?.end("another long one\n");
    await child;
    await live.ended();
    expect((await kit.ask("GET", "/me")).status).toBe(401);
  });

  test("changes settings, and the server takes them up", async () => {
    await shell("settings", "name", "From the shell");
    await eventually(async () => {
      const { body } = await call<About>(server, "GET", "/server");
      return body.name === "From the shell" || undefined;
    }, "the server still has its old name");
    expect(await shell("settings", "name")).toBe("From the shell\n");
    await expect(shell("settings", "text_chars", "0")).rejects.toThrow(/from 100 to 8000/);
  });
});
