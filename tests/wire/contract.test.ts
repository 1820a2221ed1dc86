/* The API against its own description: every route that the OpenAPI document has. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../web/src/protocol/generated";
import { Person, call, newClientId, type Answer } from "./harness/api";
import { Document, filled, type Route } from "./harness/document";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

const docs = (name: string): string => readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");

let server: Server;
let ann: Person;
let params: Record<string, string>;
let routes: readonly Route[];

beforeAll(async () => {
  server = await Server.start();
  ann = await Person.signUp(server);
  const { room } = await ann.group("Contract");
  const message = await ann.send(room.id, "hello");
  params = { room: room.id, user: ann.id, message: message.id, picture: "0123456789abcdef01234567-96" };
  const document = await Document.of(server);
  expect(document.version).toMatch(/^3\.1/);
  ({ routes } = document);
  // Of what else a path may name there is none: an id that is of another kind.
  for (const [, name] of routes.flatMap((r) => [...r.path.matchAll(/\{(\w+)\}/g)])) params[must(name)] ??= room.id;
});
afterAll(async () => {
  await server.stop();
});

const fill = (path: string, by: Record<string, string> = params): string => filled(path, by);

/** A refusal as documented: problem+json, a stable code that docs/errors.md has with this status, nothing cached. */
function checkProblem(answer: Answer, what: string): void {
  const problem = answer.body as Problem;
  expect([what, answer.headers["content-type"]]).toEqual([what, "application/problem+json"]);
  expect([what, problem.status]).toEqual([what, answer.status]);
  expect(docs("errors.md"), what).toContain(`| \`${problem.code}\` | ${String(answer.status)} |`);
  expect([what, problem.type]).toEqual([what, `about:blank#${problem.code}`]);
  expect(problem.title.length).toBeGreaterThan(0);
  expect([what, answer.headers["cache-control"]]).toEqual([what, "no-store"]);
}

test("the document has every route of docs/api.md, and no other", () => {
  const told = [...docs("api.md").matchAll(/^## ([A-Z]+) `([^`]+)`$/gm)].map((m) => `${m[1]!} ${m[2]!}`);
  expect(routes.map((r) => `${r.method} ${r.path}`).sort()).toEqual(told.sort());
});

test("whoever is not signed in gets 401 everywhere but where it is public", async () => {
  const open: string[] = [];
  for (const { method, path, op } of routes) {
    if (op.security?.length === 0) {
      open.push(`${method} ${path}`);
      continue;
    }
    for (const by of [params, Object.fromEntries(Object.keys(params).map((name, i) => [name, ["nonsense", "0", "x", "-"][i % 4]!]))]) {
      const body = method === "GET" || method === "DELETE" ? undefined : (bodies[op.operationId] ?? {});
      const answer = await call(server, method, fill(path, by), { body });
      expect([method, path, answer.status]).toEqual([method, path, 401]);
      checkProblem(answer, `${method} ${path}`);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
    if (op.requestBody) expect([method, path, (await call(server, method, fill(path), { raw: "[" })).status]).toEqual([method, path, 401]);
  }
  expect(open.sort()).toEqual(["GET /server", "GET /server/picture/{picture}", "GET /session", "POST /accounts", "POST /invites/look", "POST /resets", "POST /resets/look", "POST /session"]);
  for (const path of ["/socket", "/events", "/poll"]) {
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    expect((await call(server, "GET", path, path === "/socket" ? { headers } : {})).status).toBe(401);
  }
});

const bodies: Record<string, unknown> = {
  me_patch: {},
  me_status_put: { text: "x" },
  unread_put: { seq: 1 },
  draft_put: { text: "t" },
  notify_put: { level: "all" },
  me_password_put: { current: "x", password: "y" },
  rooms_post: { kind: "group", name: "x" },
  room_patch: {},
  members_post: { user: "0000000000001" },
  member_patch: { role: "member" },
  messages_post: { client_id: "c", text: "t" },
  message_patch: { text: "t" },
  read_put: { seq: 1 },
  commands_post: { type: "ping" },
  message_reactions_put: { emoji: "👍" },
  admin_settings_patch: {},
  passing_post: { name: "x" },
  whispers_post: { to: "0000000000001", client_id: "c", text: "t" },
  whisper_patch: { text: "t" },
  whispers_read_put: { read: 1 },
};

describe("junk", () => {
  const shapes: [string, string][] = [
    ["nothing", ""],
    ["no JSON", "hello"],
    ["half", '{"text": "a'],
    ["a list", "[]"],
    ["a number", "1"],
    ["null", "null"],
    ["a string", '"text"'],
    ["deep", `${'{"a":'.repeat(50)}1${"}".repeat(50)}`],
    ["very deep", "[".repeat(200_000)],
    ["doubled keys", '{"text":"a","text":"b","name":"a","name":"b"}'],
    ["NUL inside", '{"text":"a\\u0000b","name":"a\\u0000b","client_id":"\\u0000","type":"\\u0000"}'],
    ["half a surrogate", '{"text":"\\ud800","name":"\\ud800","type":"\\ud800"}'],
    ["huge numbers", '{"seq":1e999,"reply_to":99999999999999999999999,"name":1e308}'],
    ["negative numbers", '{"seq":-1,"reply_to":-9007199254740993,"client_id":"n","text":" "}'],
    ["wrong types", '{"name":{},"text":[],"seq":"1","user":7,"role":true,"kind":{},"members":{},"type":[],"token":"yes","password":null}'],
    ["nulls", '{"name":null,"text":null,"seq":null,"user":null,"role":null,"kind":null,"type":null,"client_id":null}'],
    ["broken UTF-8", '{"text":"\xff\xfe","name":"\xc3\x28"}'],
    ["a BOM", "\ufeff{}"],
    ["trailing words", "{} {}"],
    ["long strings", JSON.stringify({ name: "x".repeat(100_000), text: "y".repeat(100_000), client_id: "z".repeat(50_000), type: "t".repeat(9_000) })],
  ];

  test.each(shapes)("%s is refused with 4xx by every route that takes a body", async (name, text) => {
    const raw = Buffer.from(text, name === "broken UTF-8" ? "latin1" : "utf8");
    for (const { method, path, op } of routes) {
      if (!op.requestBody) continue;
      const answer = await call(server, method, fill(path), { raw, token: ann.token });
      const what = `${name}: ${method} ${path}: ${answer.text.slice(0, 200)}`;
      // Where nothing is required, a body of what nobody asked for asks for nothing, and is good.
      const required = Object.values(op.requestBody.content).flatMap((c) => c.schema.required ?? []);
      if (answer.status < 300) expect(required, what).toEqual([]);
      else {
        expect(answer.status, what).toBeGreaterThanOrEqual(400);
        expect(answer.status, what).toBeLessThan(500);
        checkProblem(answer, what);
        expect(Object.keys(op.responses), what).toContain(String(answer.status));
      }
    }
  });

  test("bodies of another type are 415, too large ones 413", async () => {
    for (const { method, path, op } of routes) {
      if (!op.requestBody) continue;
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"]) {
        const answer = await call(server, method, fill(path), { raw: "{}", token: ann.token, headers: { "content-type": type } });
        expect([method, path, type, answer.status]).toEqual([method, path, type, 415]);
        checkProblem(answer, path);
      }
      if (!op.requestBody.content["application/json"]) continue;
      const typed = await call(server, method, fill(path), { raw: "[", token: ann.token, headers: { "content-type": "Application/JSON; charset=utf-8" } });
      expect([method, path, typed.status]).toEqual([method, path, 400]);
    }
    const large = await call(server, "POST", fill("/rooms/{room}/messages"), { raw: "x".repeat(300_000), token: ann.token });
    expect(large.status).toBe(413);
    checkProblem(large, "too large");
  });

  test("in paths and queries is refused as softly", async () => {
    const odd = ["x", "0", "-1", "%20", "%C3%A9", "../x".replace("/", "%2e"), "9".repeat(40), "a".repeat(13), "A1B2C3D4E5F6G", "'%20or%201=1--"];
    for (const { method, path, op } of routes) {
      for (const value of odd) {
        const by = Object.fromEntries(Object.keys(params).map((name) => [name, value]));
        const body = method === "GET" || method === "DELETE" ? undefined : (bodies[op.operationId] ?? {});
        const query = `?limit=${value}&cursor=${value}&q=${value}&before=${value}&connection=${value}`;
        for (const where of path.includes("{") ? [fill(path, by), fill(path) + query] : [path + query]) {
          if (method === "DELETE" && !path.includes("{")) continue;
          if (method === "DELETE" && where.includes(params["room"]!)) continue;
          const answer = await call(server, method, where, { body, token: ann.token });
          expect([method, where, answer.status < 500]).toEqual([method, where, true]);
        }
      }
    }
    expect((await ann.ask("POST", fill("/rooms/{room}/messages"), { client_id: newClientId(), text: "still well" })).status).toBe(201);
  });
});
