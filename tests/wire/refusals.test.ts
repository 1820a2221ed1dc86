/* Every route of the OpenAPI document and every command, each kind of bad request: what is of a wrong type or size, what comes
 * too late, and whoever may not. Nothing but a documented 4xx comes back, and nothing changes: not a row of the
 * database, not a passing room, and nobody is told of anything.
 *
 * Each case begins with a request that is granted in the end (harness/asks.ts), so that what is refused is refused for what was bent. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PassingRoom, Problem, ServerFrame } from "../../web/src/protocol/generated";
import { Person, call, type Answer } from "./harness/api";
import { COMMAND_TYPES, GIVEN_TO, askOf, commandOf, leaveWorld, makeWorld, type Ask, type World } from "./harness/asks";
import { Document, filled, type Route, type Schema } from "./harness/document";
import { Server } from "./harness/server";
import { Stored, differing } from "./harness/stored";
import { must } from "./harness/wait";

const server = await Server.start();
const first = await Person.signUp(server, "first");
const document = await Document.of(server);
const stored = new Stored(server);
afterAll(async () => {
  stored.close();
  await server.stop();
});

const LONG = "x".repeat(70_000);
const NOBODY = "0000000000001";

interface Case {
  readonly name: string;
  readonly route: Route;
  /** What of a body it takes. */
  readonly schema: Schema | undefined;
  readonly ask: (w: World) => Promise<Ask>;
}

const bodyOf = ({ op }: Route): Schema | undefined => op.requestBody?.content["application/json"]?.schema;
const commandRoute = must(document.routes.find((r) => r.op.operationId === "commands_post"));
const commandSchemas = bodyOf(commandRoute)!.oneOf!.map((schema): [string, Schema] => [String(schema.properties!["type"]!.enum![0]), schema]);

const CASES: readonly Case[] = [
  ...document.routes
    .filter((r) => r !== commandRoute)
    .map((route) => ({ name: `${route.method} ${route.path}`, route, schema: bodyOf(route), ask: (w: World) => askOf(w, route.op.operationId, route.path) })),
  ...commandSchemas.map(([type, schema]) => ({
    name: `the command ${type}`,
    route: commandRoute,
    schema,
    ask: (w: World) => commandOf(w, type, Object.keys(schema.properties!)),
  })),
];

test("what is asked here is what the document has", () => {
  expect(commandSchemas.map(([type]) => type)).toEqual(COMMAND_TYPES);
  const operations = document.routes.map((r) => r.op.operationId);
  expect(GIVEN_TO.filter((op) => !operations.includes(op))).toEqual([]);
  // A route that takes a body is given one.
  const given = document.routes.filter((r) => r.op.requestBody && r !== commandRoute).map((r) => r.op.operationId);
  expect(given.filter((op) => !GIVEN_TO.includes(op))).toEqual([]);
});

// ------------------------------------------------------------------------------------------------- asking

/** A request that was bent, and what was done to it. */
interface Bent extends Partial<Ask> {
  readonly what: string;
  readonly token?: string;
  readonly raw?: string | Buffer;
  readonly type?: string;
  /** The statuses or codes that alone will do. */
  readonly only?: readonly (number | string)[];
  /** The field that it must name. */
  readonly field?: string;
}

async function request(route: Route, ask: Ask, bent: Omit<Bent, "what"> = {}): Promise<Answer> {
  const { by, ids, query, body, upload } = { ...ask, ...bent };
  const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const address = filled(route.path, Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, encodeURIComponent(id)])));
  const raw = bent.raw ?? upload ?? (body && JSON.stringify(body));
  const type = bent.type ?? (upload ? "image/png" : "application/json");
  return call(server, route.method, asked.length ? `${address}?${asked.join("&")}` : address, {
    token: bent.token ?? by?.token,
    ...(raw === undefined ? {} : { raw, headers: { "content-type": type } }),
  });
}

const at = (w: World, rest = ""): string => `/rooms/${w.ids["room"]!}${rest}`;

interface Seen {
  readonly rows: ReadonlyMap<string, string>;
  readonly passing: readonly PassingRoom[];
  readonly told: readonly ServerFrame[];
}

/** All that there is, on disk and in memory, and what was told. Whoever is told something of what was asked before has it by now. */
async function seen(w: World): Promise<Seen> {
  await Promise.all([w.annLive, w.bobLive].map((live) => live.command({ type: "ping" })));
  const { items } = await w.ann.do<{ items: PassingRoom[] }>("GET", "/passing");
  const told = [w.annLive, w.bobLive].flatMap((live) => live.frames.filter((f) => f.type !== "beat" && f.type !== "reply"));
  return { rows: stored.all(), passing: items, told };
}

function checkSame(before: Seen, after: Seen, what: string): void {
  expect(differing(before.rows, after.rows), `changed by ${what}`).toEqual([]);
  expect([after.passing, after.told.slice(before.told.length)], `changed by ${what}`).toEqual([before.passing, []]);
}

function checkRefused(route: Route, answer: Answer, bent: Bent): void {
  const problem = answer.body as Problem | undefined;
  const what = `${bent.what}: ${String(answer.status)} ${answer.text.slice(0, 300)}`;
  expect(answer.status, what).toBeGreaterThanOrEqual(400);
  expect(answer.status, what).toBeLessThan(500);
  // An address that is too long is refused before a route is asked.
  if (answer.status !== 414 && answer.status !== 431) expect(document.undocumented(route, answer.status, answer.body), what).toBeUndefined();
  if (bent.only) expect(bent.only, what).toContain(typeof bent.only[0] === "number" ? answer.status : problem?.code);
  if (bent.field !== undefined) expect(problem?.field, what).toBe(bent.field);
}

/** In a world of its own, which is left in the end. */
async function within(c: Case, run: (w: World, ask: Ask) => Promise<void>): Promise<void> {
  const w = await makeWorld(server, first);
  try {
    await run(w, await c.ask(w));
  } finally {
    leaveWorld(w);
  }
}

/** All of it is refused and changes nothing. */
async function checkAll(c: Case, w: World, ask: Ask, all: readonly Bent[]): Promise<Seen> {
  const before = await seen(w);
  for (const bent of all) {
    checkRefused(c.route, await request(c.route, ask, bent), bent);
    const rows = stored.all();
    if (rows !== before.rows) expect(differing(before.rows, rows), `changed by ${bent.what}`).toEqual([]);
  }
  checkSame(before, await seen(w), "what was refused");
  return before;
}

// ----------------------------------------------------------------------------------------- what is wrong with it

/** Values of every type that a field may not have. Null is as if it were not given: wrong for what must be. */
function wrongTypes(schema: Schema, required: boolean): unknown[] {
  const values = [null, true, 0, 1.5, "", "\u0000", "x", [], [1], {}, { type: "x" }];
  return values.filter((v) => document.unlike(schema, v) !== undefined && (v !== null || required));
}

function wrongSizes(schema: Schema): unknown[] {
  const { type, items } = document.resolve(schema);
  if (type === "integer") return [-1, 9007199254740994, -9007199254740994, 1e300];
  if (type === "array") return [Array.from({ length: 5000 }, () => (items ? NOBODY : "x"))];
  return type === "string" ? [LONG] : [];
}

function inQuery(schema: Schema): string[] {
  const { type, enum: values, ...rest } = document.resolve(schema);
  if (type === "integer") return ["", "x", "1.5", "-9223372036854775809", "99999999999999999999", "1e3", " 1", "0x10", "١"];
  return values || "pattern" in rest ? ["", "x", "x".repeat(2000)] : [];
}

/** Bodies that are none, and fields of a wrong type or that are not there. */
function ofWrongType(c: Case, w: World, ask: Ask): Bent[] {
  const bent: Bent[] = [];
  const parameters = c.route.op.parameters ?? [];
  for (const { name, in: where, schema, required } of parameters) {
    if (where === "path") continue;
    for (const value of inQuery(schema)) bent.push({ what: `?${name}=${value.slice(0, 30)}`, query: { ...ask.query, [name]: value }, only: name === "room" ? [404] : [400] });
    if (name === "connection" && ask.query[name])
      for (const value of ["", "x", NOBODY, w.bobLive.connection]) bent.push({ what: `on the connection ${value}`, query: { connection: value }, only: ["connection_unknown"] });
    const { [name]: _, ...others } = ask.query;
    if (required) bent.push({ what: `no ?${name}`, query: others });
  }
  const { schema } = c;
  const { body } = ask;
  if (!schema || !body) return bent;
  for (const raw of ["", "x", "[]", "1", "null", '"x"', "{", "{}{}", '{"a":1,"a":2}', JSON.stringify(body).slice(0, -1), "\xff"])
    bent.push({ what: `the body ${raw}`, raw: Buffer.from(raw, "latin1"), only: ["json_invalid"] });
  bent.push({ what: "a form", raw: JSON.stringify(body), type: "application/x-www-form-urlencoded", only: [415] });
  for (const [name, of] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(name) === true;
    for (const value of wrongTypes(of, required)) {
      const code = value === null ? "field_missing" : "field_invalid";
      const only = name === "type" ? ["field_missing", "field_invalid", "command_unknown"] : [code];
      bent.push({ what: `${name}: ${JSON.stringify(value)}`, body: { ...body, [name]: value }, only, ...(name === "type" ? {} : { field: name }) });
    }
    const { [name]: _, ...others } = body;
    if (required) bent.push({ what: `no ${name}`, body: others, only: ["field_missing"], field: name });
  }
  return bent;
}

/** What is too long, too many, too large; names of nothing, and of something else. */
function ofWrongSize(c: Case, ask: Ask): Bent[] {
  const bent: Bent[] = [];
  for (const { name, in: where, schema } of c.route.op.parameters ?? []) {
    if (where === "path") {
      for (const id of ["-", "x", "0", NOBODY, NOBODY + NOBODY, "9".repeat(40), "x".repeat(3000), "é", "'", "%"])
        bent.push({ what: `${name} in the path: ${id.slice(0, 30)}`, ids: { ...ask.ids, [name]: id }, only: [404] });
      bent.push({ what: `${name} in the path: NUL`, ids: { ...ask.ids, [name]: "\u0000" }, only: [400] });
    } else if (document.resolve(schema).type === "string" && name !== "connection") {
      bent.push({ what: `?${name} of 3,000 letters`, query: { ...ask.query, [name]: "x".repeat(3000) } });
    } else if (document.resolve(schema).type === "integer") {
      for (const value of ["-9007199254740993", "9007199254740993"]) bent.push({ what: `?${name}=${value}`, query: { ...ask.query, [name]: value }, only: [400] });
    }
  }
  bent.push({ what: "an address of 100 KB", query: { ...ask.query, x: "x".repeat(100_000) }, only: [414, 431] });
  const { body, upload } = ask;
  if (upload) {
    bent.push({ what: "a picture of 5 MB", upload: Buffer.concat([upload, Buffer.alloc(5_000_000)]), only: [413] });
    bent.push({ what: "half a picture", upload: upload.subarray(0, upload.length / 2), only: ["picture_unreadable"] });
    bent.push({ what: "no picture", upload: Buffer.alloc(0), only: ["picture_unreadable"] });
    bent.push({ what: "a text", type: "text/plain", only: ["picture_type"] });
  }
  if (!body) return bent;
  bent.push({ what: "a body of 300 KB", body: { ...body, more: "x".repeat(300_000) }, only: [413] });
  bent.push({ what: "a deep body", raw: `${'{"a":'.repeat(100)}1${"}".repeat(100)}`, only: ["json_invalid"] });
  for (const [name, of] of Object.entries(c.schema?.properties ?? {}))
    // A label is cut.
    for (const value of name === "label" ? [] : wrongSizes(of)) bent.push({ what: `${name}: ${JSON.stringify(value).slice(0, 30)}`, body: { ...body, [name]: value } });
  return bent;
}

describe("of a wrong type, of a wrong size, and about nothing", () => {
  test.each(CASES)("$name", async (c) => {
    await within(c, async (w, ask) => {
      const before = await checkAll(c, w, ask, [...ofWrongType(c, w, ask), ...ofWrongSize(c, ask)]);
      const granted = await request(c.route, ask);
      expect(granted.status, `as it was meant: ${granted.text}`).toBeLessThan(300);
      expect(document.undocumented(c.route, granted.status, granted.body)).toBeUndefined();
      for (const p of c.route.op.parameters ?? []) {
        const value = p.in === "path" ? ask.ids[p.name] : undefined;
        if (value !== undefined) expect(document.unlike(p.schema, value), p.name).toBeUndefined();
      }
      if (c.route.method === "GET") checkSame(before, await seen(w), "reading");
    });
  });
});

// ------------------------------------------------------------------------------------------------- who may not

/** Is it about one of these? */
const has = (c: Case, name: string): boolean => c.route.path.includes(`{${name}}`) || c.schema?.properties?.[name] !== undefined;
const isPublic = (c: Case): boolean => c.route.op.security?.length === 0;
const isAdmin = (c: Case): boolean => c.route.path.startsWith("/admin/");

/** Nothing changes by what is refused: one world does for all of these. */
let common: World;
let spoilt: Readonly<Record<string, string>>;
let member: Person;
let ofEve: string;

/** Somebody who was let in everywhere, and whose account was shut. */
async function shutOut(w: World): Promise<string> {
  const person = await Person.signUp(server);
  await w.ann.do("POST", at(w, "/members"), { user: person.id });
  await first.do("PATCH", `/admin/users/${person.id}`, { role: "admin" });
  await first.do("PATCH", `/admin/users/${person.id}`, { disabled: true });
  return person.token;
}

/** A session that ended because the password is another now. */
async function outdated(): Promise<string> {
  const person = await Person.signUp(server);
  const other = await person.again();
  await person.do("PUT", "/me/password", { current: person.password, password: "another quiet place" });
  return other.token;
}

/** A session that the person has ended. */
async function signedOut(person: Person): Promise<string> {
  const other = await person.again();
  await other.do("DELETE", "/session");
  return other.token;
}

beforeAll(async () => {
  common = await makeWorld(server, first);
  spoilt = {
    "no such token": "x".repeat(43),
    "a session of ann's that ended": await signedOut(common.ann),
    "a session of the owner's that ended": await signedOut(first),
    "an old password's session": await outdated(),
    "a shut account": await shutOut(common),
  };
  ofEve = (await common.eve.group("Eve's")).room.id;
  member = await Person.signUp(server);
  await common.ann.do("POST", at(common, "/members"), { user: member.id });
});
afterAll(() => {
  leaveWorld(common);
});

describe("by nobody", () => {
  test.each(CASES.filter((c) => !isPublic(c)))("$name", async (c) => {
    const bent = Object.entries(spoilt).map(([what, token]): Bent => ({ what, token, only: ["signed_out"] }));
    await checkAll(c, common, await c.ask(common), [{ what: "no token", by: undefined, only: ["signed_out"] }, ...bent]);
  });
});

describe("by others", () => {
  const connected = /^the command (enter|exit|typing|watch|active)$/;
  const theirs = CASES.filter((c) => isAdmin(c) || connected.test(c.name) || (!isPublic(c) && ["room", "session", "invite", "whisper"].some((name) => has(c, name))));
  test.each(theirs)("$name", async (c) => {
    const [w, ask] = [common, await c.ask(common)];
    // On somebody else's connection, nobody learns whether the room is there.
    const only = connected.test(c.name) ? ["connection_unknown"] : [404];
    const bent: Bent[] = [{ what: "a stranger", by: w.eve, only }, { what: "one who was in the room", by: w.joe, only }];
    if (has(c, "session") || has(c, "whisper") || isAdmin(c)) bent.push({ what: "another member", by: member, only });
    if (has(c, "message") || has(c, "whisper") || has(c, "invite")) {
      const own = c.route.path.includes("{room}") ? { ids: { ...ask.ids, room: ofEve } } : { body: { ...ask.body, room: ofEve } };
      bent.push({ what: "by a room of one's own", by: w.eve, only, ...own });
    }
    await checkAll(c, w, ask, bent);
  });
});

// -------------------------------------------------------------------------------------------------- what is too late

interface End {
  readonly what: string;
  /** Whom it matters to. */
  readonly of: (c: Case) => boolean;
  readonly end: (w: World) => Promise<unknown>;
  readonly only: readonly (number | string)[];
}

const isRead = (c: Case): boolean => c.route.method === "GET";
const inPassing = (c: Case): boolean => /^the command (enter|exit|say|unsay|turn_out)$/.test(c.name);
/** What is one's own, and leaving, stays possible where nobody writes any more; typing is told to nobody who could care. */
const OWN = /\/(star|hidden|read|unread|draft|notify|whispers-read|report)$|^the command (star|hide|read|unread|draft|notify|whispers_read|typing)$/;

async function deleteRoom(w: World): Promise<void> {
  await w.ann.do("DELETE", at(w));
  await stored.settled();
}

const ENDS: readonly End[] = [
  { what: "the room was deleted", of: (c) => has(c, "room") && !inPassing(c), end: deleteRoom, only: [404] },
  {
    what: "the room was archived",
    of: (c) => has(c, "room") && !isRead(c) && !isAdmin(c) && !inPassing(c) && !OWN.test(c.name) && c.name !== "DELETE /rooms/{room}",
    end: (w) => first.do("PATCH", `/admin${at(w)}`, { archived: true }),
    only: ["room_archived"],
  },
  {
    what: "the message was deleted",
    of: (c) => has(c, "message") && !isRead(c) && !/DELETE .*{message}$|\/(hidden|removal)$|^the command (delete|hide)$/.test(c.name),
    end: (w) => w.ann.do("DELETE", at(w, `/messages/${w.ids["message"]!}`)),
    only: ["message_deleted"],
  },
  {
    what: "the whisper was deleted",
    of: (c) => has(c, "whisper") && !isRead(c) && !/^DELETE|^the command whisper_delete$/.test(c.name),
    end: (w) => w.ann.do("DELETE", at(w, `/whispers/${w.ids["whisper"]!}`)),
    only: ["message_deleted"],
  },
  {
    what: "the link was revoked",
    of: (c) => /^POST \/invites/.test(c.name),
    end: (w) => w.ann.do("DELETE", at(w, `/invites/${w.roomInvite.id}`)),
    only: ["invite_revoked"],
  },
  {
    what: "the session ended",
    of: (c) => c.name === "DELETE /me/sessions/{session}",
    end: (w) => w.ann.do("DELETE", `/me/sessions/${w.ids["session"]!}`),
    only: [404],
  },
  {
    what: "one has left the passing room",
    of: (c) => /^the command (say|unsay|turn_out|exit)$/.test(c.name),
    end: (w) => w.ann.do("POST", `/commands?connection=${w.annLive.connection}`, { type: "exit", room: w.passing }),
    only: [404],
  },
];

test.each(ENDS)("when $what, what comes too late is refused and changes nothing", async (end) => {
  const about = CASES.filter(end.of);
  expect(about.length).toBeGreaterThan(0);
  const w = await makeWorld(server, first);
  const asks: Ask[] = [];
  for (const c of about) asks.push(await c.ask(w));
  await end.end(w);
  for (const [i, c] of about.entries()) await checkAll(c, w, asks[i]!, [{ what: c.name, only: end.only }]);
  leaveWorld(w);
});

/** Done twice, they are done once. (Not those that end bob's sessions: he would hear nothing more.) */
const ONCE = /^DELETE (?!\/admin\/users)|^PUT .*\/(pin|star|hidden|reactions|notify)$|removal$|^PUT \/me\/blocked|^the command (delete|hide|pin|star|react|block|notify|whisper_delete)$/;

test.each(CASES.filter((c) => ONCE.test(c.name)))("done once more, it changes nothing: $name", async (c) => {
  await within(c, async (w, ask) => {
    const done = await request(c.route, ask);
    expect(done.status, done.text).toBeLessThan(300);
    await stored.settled();
    const before = await seen(w);
    expect((await request(c.route, ask)).status).toBeLessThan(500);
    checkSame(before, await seen(w), `${c.name}, once more`);
  });
});
