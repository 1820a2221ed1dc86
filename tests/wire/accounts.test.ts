/* Accounts, sessions, and what keeps others out of them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem, Session, SignedIn, User } from "../../web/src/protocol/generated";
import { Person, call, type Answer, type CallOptions } from "./harness/api";
import { Live } from "./harness/live";
import { Raw } from "./harness/raw";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

let server: Server;
let owner: Person;

beforeAll(async () => {
  server = await Server.start();
  expect((await call<{ fresh: boolean }>(server, "GET", "/server")).body.fresh).toBe(true);
  owner = await Person.signUp(server, "olga");
});
afterAll(async () => {
  await server.stop();
});

const code = (answer: Answer): string => (answer.body as Problem).code;
const post = (path: string, body: unknown, more: CallOptions = {}): Promise<Answer> => call(server, "POST", path, { body, ...more });
const cookieOf = (answer: Answer): string => must([answer.headers["set-cookie"]].flat()[0], "cookie");

describe("signing up", () => {
  test("makes the first one the owner and all others members", async () => {
    expect(owner.user.role).toBe("owner");
    const next = await Person.signUp(server);
    expect(next.user).toMatchObject({ role: "member", kind: "person" });
    expect((await call<{ fresh: boolean }>(server, "GET", "/server")).body.fresh).toBe(false);
  });

  test("two first accounts at once: one owner", async () => {
    const fresh = await Server.start();
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => Person.signUp(fresh, `first${String(i)}`)));
    expect(all.filter((p) => p.user.role === "owner").length).toBe(1);
    await fresh.stop();
  });

  test("one name once, whatever its case, however many try at once", async () => {
    const tries = ["Twin", "twin", "TWIN", "tWin"].map((name) => post("/accounts", { name, password: "correct horse", token: true }));
    const answers = await Promise.all(tries);
    expect(answers.map((a) => a.status).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.filter((a) => a.status === 409).map(code)).toEqual(["name_taken", "name_taken", "name_taken"]);
    expect((must(answers.find((a) => a.status === 201)).body as SignedIn).user.name).toBe("twin");
  });

  test.each([
    [{ name: "a" }, "name_invalid", "name"],
    [{ name: "x".repeat(33) }, "name_invalid", "name"],
    [{ name: "a b" }, "name_invalid", "name"],
    [{ name: ".dot" }, "name_invalid", "name"],
    [{ name: "dot-" }, "name_invalid", "name"],
    [{ name: "имя" }, "name_invalid", "name"],
    [{ name: "admin" }, "name_invalid", "name"],
    [{ name: "" }, "name_invalid", "name"],
    [{ password: "short" }, "password_weak", "password"],
    [{ password: "newcomer" }, "password_weak", "password"],
    [{ password: "password" }, "password_weak", "password"],
    [{ password: "x".repeat(2000) }, "password_weak", "password"],
    [{ display_name: "" }, "display_name_invalid", "display_name"],
    [{ display_name: "   " }, "display_name_invalid", "display_name"],
    [{ display_name: "x".repeat(65) }, "display_name_invalid", "display_name"],
    [{ display_name: "a\nb" }, "display_name_invalid", "display_name"],
    [{ display_name: "a\u202eb" }, "display_name_invalid", "display_name"],
  ])("refuses %j", async (part, what, field) => {
    const answer = await post("/accounts", { name: "newcomer", password: "correct horse", token: true, ...part });
    expect([answer.status, code(answer), (answer.body as Problem).field]).toEqual([422, what, field]);
  });
});

describe("signing in", () => {
  test("does not tell which accounts exist", async () => {
    const wrong = await post("/session", { name: "olga", password: "not hers at all" });
    const nobody = await post("/session", { name: "nobodyhere", password: "not hers at all" });
    expect(wrong.status).toBe(401);
    expect(nobody.text).toBe(wrong.text);
    expect(Object.keys(nobody.headers)).toEqual(Object.keys(wrong.headers));
    expect(code(wrong)).toBe("sign_in_failed");
  });

  test("by cookie for browsers: kept from scripts and from other sites", async () => {
    const answer = await post("/session", { name: "OLGA", password: owner.password });
    const cookie = cookieOf(answer);
    expect(cookie).toMatch(/^confab_session=[A-Za-z0-9_-]{20,}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect((answer.body as SignedIn).token).toBeUndefined();
    const me = await call<User>(server, "GET", "/me", { headers: { cookie: must(cookie.split(";")[0]) } });
    expect(me.body.id).toBe(owner.id);
  });

  test("the cookie is Secure behind a trusted proxy that speaks TLS, and only there", async () => {
    const proxied = await Server.start({ flags: ["--trusted-proxies", "127.0.0.1"] });
    const body = { name: "secure", password: "correct horse" };
    const headers = { "x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7" };
    const answer = await call<SignedIn>(proxied, "POST", "/accounts", { body, headers });
    expect(cookieOf(answer)).toContain("; Secure");
    expect(answer.body.session.address).toBe("192.0.2.7");
    await proxied.stop();
    expect(cookieOf(await call(server, "POST", "/accounts", { body, headers }))).not.toContain("Secure");
  });

  test("a stale cookie does not stand in the way", async () => {
    const headers = { cookie: "confab_session=stale" };
    expect((await post("/session", { name: "olga", password: owner.password }, { headers })).status).toBe(200);
    expect((await call(server, "GET", "/me", { headers })).status).toBe(401);
  });

  test("whoever names no session is told that nobody is signed in, which is no failure", async () => {
    const nobody = await call(server, "GET", "/session");
    expect([nobody.status, nobody.text, nobody.headers["cache-control"]]).toEqual([204, "", "no-store"]);
    const cookie = must(cookieOf(await post("/session", { name: "olga", password: owner.password })).split(";")[0]);
    expect((await call<SignedIn>(server, "GET", "/session", { headers: { cookie } })).body.user.id).toBe(owner.id);
    const stale = await call(server, "GET", "/session", { headers: { cookie: "confab_session=stale" } });
    expect(stale.status).toBe(401);
    expect(cookieOf(stale)).toMatch(/^confab_session=; .*Max-Age=0/);
    expect((await call(server, "GET", "/session", { token: "nonsense" })).status).toBe(401);
  });

  test("a bearer token counts before a cookie, and nothing else is one", async () => {
    const ann = await Person.signUp(server);
    const cookie = must(cookieOf(await post("/session", { name: "olga", password: owner.password })).split(";")[0]);
    expect((await call<User>(server, "GET", "/me", { token: ann.token, headers: { cookie } })).body.id).toBe(ann.id);
    for (const authorization of ["Basic b2xnYTp4", "Bearer", "Bearer ", `Bearer ${ann.token} x`, ann.token]) {
      expect([authorization, (await call(server, "GET", "/me", { headers: { authorization } })).status]).toEqual([authorization, 401]);
    }
  });
});

describe("sessions", () => {
  test("are listed, newest first, with the one that asks marked", async () => {
    const ann = await Person.signUp(server);
    const other = await ann.again();
    const list = await other.do<{ items: Session[] }>("GET", "/me/sessions");
    expect(list.items.map((s) => [s.id, s.current === true])).toEqual([
      [other.session, true],
      [ann.session, false],
    ]);
    expect(list.items[0]).toMatchObject({ kind: "bearer", address: "127.0.0.1" });
  });

  test("end by signing out, one by one, and all others at once; their sockets close with 1008", async () => {
    const ann = await Person.signUp(server);
    const [b, c, d] = [await ann.again(), await ann.again(), await ann.again()];
    const sockets = await Promise.all([ann, b, c, d].map((p) => Live.open(p)));
    await ann.do("DELETE", `/me/sessions/${b.session}`);
    expect(await sockets[1]!.ended()).toMatchObject({ code: 1008 });
    expect((await b.ask("GET", "/me")).status).toBe(401);
    await c.do("DELETE", "/session");
    expect(await sockets[2]!.ended()).toMatchObject({ code: 1008 });
    await ann.do("DELETE", "/me/sessions");
    expect(await sockets[3]!.ended()).toMatchObject({ code: 1008 });
    expect((await d.ask("GET", "/me")).status).toBe(401);
    await sockets[0]!.command({ type: "ping" });
    sockets[0]!.close();
  });

  test("of others can't be ended, nor told from those that don't exist", async () => {
    const [ann, bob] = [await Person.signUp(server), await Person.signUp(server)];
    const theirs = await ann.ask("DELETE", `/me/sessions/${bob.session}`);
    const nothing = await ann.ask("DELETE", `/me/sessions/${ann.id}`);
    expect([theirs.status, theirs.text]).toEqual([404, nothing.text]);
    expect((await bob.ask("GET", "/me")).status).toBe(200);
  });

  test("all but one's own end when the password changes; the old password ends too", async () => {
    const ann = await Person.signUp(server);
    const other = await ann.again();
    const live = await Live.open(other);
    expect(code(await ann.ask("PUT", "/me/password", { current: "wrong one here", password: "a better horse" }))).toBe("password_wrong");
    expect(code(await ann.ask("PUT", "/me/password", { current: ann.password, password: "weak" }))).toBe("password_weak");
    expect((await other.ask("GET", "/me")).status).toBe(200);
    expect((await ann.ask("PUT", "/me/password", { current: ann.password, password: "a better horse" })).status).toBe(204);
    expect(await live.ended()).toMatchObject({ code: 1008 });
    expect((await other.ask("GET", "/me")).status).toBe(401);
    expect((await ann.ask("GET", "/me")).status).toBe(200);
    expect((await post("/session", { name: ann.user.name, password: ann.password })).status).toBe(401);
    expect((await post("/session", { name: ann.user.name, password: "a better horse" })).status).toBe(200);
  });

  test("outlive a restart", async () => {
    const ann = await Person.signUp(server);
    server.signal("SIGTERM");
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    await server.restart();
    expect((await ann.do<User>("GET", "/me")).id).toBe(ann.id);
  });
});

describe("requests from other sites", () => {
  const unsafe: [string, string, unknown][] = [
    ["POST", "/rooms", { kind: "group", name: "x" }],
    ["PATCH", "/me", { display_name: "x" }],
    ["DELETE", "/session", undefined],
    ["POST", "/session", { name: "olga", password: "x" }],
    ["POST", "/accounts", { name: "crossed", password: "correct horse" }],
    ["POST", "/commands", { type: "ping" }],
  ];
  const from: [string, Record<string, string>, boolean][] = [
    ["another origin", { origin: "https://evil.example" }, false],
    ["no origin at all", { origin: "null" }, false],
    ["another site by Sec-Fetch-Site", { "sec-fetch-site": "cross-site" }, false],
    ["a sibling site", { "sec-fetch-site": "same-site" }, false],
    ["our own page", { "sec-fetch-site": "same-origin" }, true],
    ["a program", {}, true],
  ];
  test.each(from)("%s", async (_, headers, allowed) => {
    const ann = await Person.signUp(server);
    const cookie = must(cookieOf(await post("/session", { name: ann.user.name, password: ann.password })).split(";")[0]);
    for (const [method, path, body] of unsafe.toReversed()) {
      const answer = await call(server, method, path, { headers: { cookie, ...headers }, body });
      expect([method, path, answer.status === 403]).toEqual([method, path, !allowed]);
      if (!allowed) expect(code(answer)).toBe("cross_site");
      if (path === "/accounts" && allowed) break;
    }
    expect((await call(server, "GET", "/me", { headers: { cookie, ...headers } })).status).toBe(200);
  });

  test("never carry a bearer token, so those count", async () => {
    const ann = await Person.signUp(server);
    const headers = { origin: "https://evil.example" };
    expect((await call(server, "PATCH", "/me", { token: ann.token, headers, body: {} })).status).toBe(200);
  });
});

describe("oneself", () => {
  test("a new display name is told to all one's devices", async () => {
    const ann = await Person.signUp(server);
    const devices = await Promise.all([Live.open(ann), Live.open(await ann.again())]);
    const me = await ann.do<User>("PATCH", "/me", { display_name: "  Anna Ütz " });
    expect(me.display_name).toBe("Anna Ütz");
    for (const device of devices) {
      expect((await device.next("me")).user.display_name).toBe("Anna Ütz");
      expect(device.violations).toEqual([]);
      device.close();
    }
    expect((await ann.do<User>("GET", `/users/${ann.id}`)).display_name).toBe("Anna Ütz");
    expect((await ann.ask("PATCH", "/me", { display_name: "" })).status).toBe(422);
  });
});

describe("with limits as in production", () => {
  let limited: Server;
  let ann: Person;

  beforeAll(async () => {
    limited = await Server.start({ limits: true });
    ann = await Person.signUp(limited);
  });
  afterAll(async () => {
    await limited.stop();
  });

  test("wrong passwords for one account are slowed down, alike whether it exists", async () => {
    for (const name of [ann.user.name, "nobodyhere"]) {
      const statuses: number[] = [];
      for (let i = 0; i < 11; i++) {
        const answer = await call(limited, "POST", "/session", { body: { name, password: "wrong password" } });
        statuses.push(answer.status);
        if (answer.status !== 429) continue;
        expect(code(answer)).toBe("rate_limited");
        expect(Number(answer.headers["retry-after"])).toBe((answer.body as Problem).retry_after);
        expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
      }
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    }
    // The right password has to wait too: else the limit would tell that it was right.
    const right = await call(limited, "POST", "/session", { body: { name: ann.user.name, password: ann.password } });
    expect(right.status).toBe(429);
    expect((await ann.ask("GET", "/me")).status).toBe(200);
  });

  test("sign-ups from one address are limited", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      statuses.push((await call(limited, "POST", "/accounts", { body: { name: `many${String(i)}`, password: "correct horse" } })).status);
    }
    expect(statuses.filter((s) => s === 201).length).toBe(9); // one was taken in beforeAll
    expect(statuses.at(-1)).toBe(429);
  });

  test("commands beyond the bucket are refused, and the connection lives on", async () => {
    const live = await Live.open(ann);
    // A bucket of 200, of which hello took one, that gains 50 a second: what it gained meanwhile depends on how fast this machine is.
    const begun = performance.now();
    for (let i = 0; i < 1000; i++) live.tell({ type: "ping", id: `p${String(i)}` });
    await live.until((l) => l.of("reply").length + l.of("error").length >= 1000, "1000 answers");
    const gained = Math.ceil(((performance.now() - begun) / 1000) * 50) + 1;
    const errors = live.of("error");
    expect(errors.length).toBeGreaterThanOrEqual(800 - gained);
    expect(errors.length).toBeLessThanOrEqual(801);
    expect(new Set(errors.map((f) => f.problem.code))).toEqual(new Set(["rate_limited"]));
    expect(live.closed).toBeUndefined();
    live.close();
  });

  test("commands by HTTP count for the connection that they are for", async () => {
    const live = await Live.open(ann, "sse");
    const room = (await ann.group("Garden")).room.id;
    const raw = await Raw.open(limited);
    const body = JSON.stringify({ type: "typing", room, active: true });
    const ask = `POST /api/v1/commands?connection=${live.connection} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
    const begun = performance.now();
    const statuses: number[] = [];
    for (let round = 0; round < 10; round++) {
      raw.send(ask.repeat(100));
      for (let i = 0; i < 100; i++) {
        const { status, headers } = await raw.answer();
        statuses.push(status);
        if (status === 429) expect(headers["retry-after"]).toBe("1");
      }
    }
    const gained = Math.ceil(((performance.now() - begun) / 1000) * 50) + 1;
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(800 - gained);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(200);
    raw.close();
    live.close();
  });

  test("one person has a bounded number of connections per loop", async () => {
    const one = await Server.start({ flags: ["--threads", "1"] });
    const bob = await Person.signUp(one);
    const lives = await Promise.all(Array.from({ length: 64 }, () => Live.open(bob)));
    const more = await Live.connect(bob);
    expect(await more.ended()).toMatchObject({ code: 1008 });
    for (const live of lives) expect(live.closed).toBeUndefined();
    lives[0]!.close();
    await lives[0]!.ended();
    for (const live of lives) live.close();
    await one.stop();
  });
});
