/* Whatever anybody asks of the API, in whatever order: the answer is one that the OpenAPI document has, of the shape that it
 * says, and what was refused has changed nothing that is kept.
 *
 * Requests are drawn from the document itself: each route, with what it asks for or with something else in its place, by
 * people who may, who may not, who might have once, and by nobody. refusals.test.ts goes through them one by one. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Invite, ResetLink } from "../../web/src/protocol/generated";
import { Person, call, type Answer } from "./harness/api";
import { Document, type Route, type Schema } from "./harness/document";
import { Server } from "./harness/server";
import { Stored, differing } from "./harness/stored";
import { must } from "./harness/wait";

const RUNS = Number(process.env["CONFAB_PROPERTY_RUNS"] ?? 7);
/** The same each time, so that what fails is what changed; another number, or many, looks further. */
const SEED = Number(process.env["CONFAB_PROPERTY_SEED"] ?? 20261121);

let server: Server;
let first: Person;
let document: Document;
let stored: Stored;

beforeAll(async () => {
  server = await Server.start();
  first = await Person.signUp(server, "first");
  document = await Document.of(server);
  stored = new Stored(server);
});
afterAll(async () => {
  stored.close();
  await server.stop();
});

// ------------------------------------------------------------------------------------------------- the world

/** Things that requests are about, found by the names that parameters and fields have. */
interface World {
  readonly tokens: readonly (string | undefined)[];
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

let worlds = 0;

async function makeWorld(): Promise<World> {
  const n = String(++worlds);
  const settings = { sign_up: "open", members_invite: false, members_open_rooms: true, text_chars: 8000, room_members: 100, accounts: 0 };
  await first.do("PATCH", "/admin/settings", settings); // as the world before has not left them
  const sign = (who: string): Promise<Person> => Person.signUp(server, `${who}${n}`);
  const [ann, bob, eve] = [await sign("ann"), await sign("bob"), await sign("eve")];
  const group = (await ann.group(`Group ${n}`, bob)).room.id;
  const open = (await bob.open(`Open ${n}`)).room.id;
  const direct = (await ann.direct(bob)).room.id;
  const said = { to: bob.id, client_id: "w1", text: "between the two of us" };
  const whisper = await ann.do<{ id: string }>("POST", `/rooms/${group}/whispers`, said);
  const messages = [];
  for (const room of [group, direct]) for (const p of [ann, bob]) messages.push((await p.send(room, `hello in ${room}`)).id);
  messages.push((await bob.send(open, "hello")).id);
  const sessions = [ann.session, (await bob.again()).session];
  const [ended, shut] = [await ann.again(), await sign("joe")];
  await ended.do("DELETE", "/session");
  await first.do("PATCH", `/admin/users/${shut.id}`, { disabled: true });
  const toRoom = await ann.do<Invite>("POST", `/rooms/${group}/invites`, {});
  const toServer = await first.do<Invite>("POST", "/admin/invites", {});
  const reset = await first.do<ResetLink>("POST", `/admin/users/${eve.id}/reset`);
  const user = [ann.id, bob.id, eve.id];
  return {
    tokens: [ann.token, bob.token, eve.token, undefined, first.token, ended.token, shut.token],
    ids: {
      room: [group, open, direct],
      message: messages,
      whisper: [whisper.id],
      user,
      owner: user,
      session: sessions,
      invite: [toRoom.id, toServer.id],
      token: [must(toRoom.token), must(toServer.token), reset.token],
    },
  };
}

// ----------------------------------------------------------------------------------------------- what is drawn

const nonsense: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e300, 9007199254740993, "", " ", "\u0000", "\u202e", "x".repeat(9000), [], {}, [[[]]], { type: "x" }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Of an object's or a parameter's field, by its name where that says what it is. */
function good(name: string, schema: Schema, ids: World["ids"]): fc.Arbitrary<unknown> {
  const named = Object.entries(ids).find(([kind]) => name === kind || name === `${kind}s`);
  const id = fc.constantFrom(...(named?.[1] ?? ids["user"]!));
  if (schema.$ref) return good(name, document.resolve(schema), ids);
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map((s) => good(name, s, ids)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === "array") return fc.array(good(name, schema.items ?? {}, ids), { maxLength: 3 });
  if (schema.type === "integer") return fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: -3, max: 300 }), fc.maxSafeInteger());
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "object") return filled(schema, ids);
  if (named) return id;
  if (name === "client_id") return fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  return fc.oneof(fc.string({ minLength: 1, maxLength: 30 }), fc.lorem({ maxCount: 3 }), fc.stringMatching(/^[a-z][a-z0-9]{2,9}$/));
}

/** An object: mostly what is asked for, with some fields left out and some wrong. */
function filled(schema: Schema, ids: World["ids"]): fc.Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {}).map(([name, of]) => {
    const value = fc.oneof({ arbitrary: good(name, of, ids), weight: 9 }, { arbitrary: nonsense, weight: 1 });
    return [name, schema.required?.includes(name) ? value : fc.option(value, { nil: undefined })] as const;
  });
  return fc.record(Object.fromEntries(entries));
}

interface Request {
  readonly route: Route;
  readonly who: number;
  readonly path: string;
  readonly body: unknown;
}

/** As part of an address; half a surrogate can't be one. */
const text = (value: unknown): string =>
  encodeURIComponent(Buffer.from((typeof value === "string" ? value : JSON.stringify(value)).slice(0, 300)).toString());

function requestTo(route: Route, ids: World["ids"]): fc.Arbitrary<Request> {
  const parameters = (route.op.parameters ?? []).map((p) =>
    fc
      .oneof({ arbitrary: good(p.name, p.schema, ids), weight: 8 }, { arbitrary: nonsense, weight: 1 })
      .chain((value) => (p.in === "path" ? fc.constant(value) : fc.option(fc.constant(value), { nil: undefined })))
      .map((value) => [p, value] as const),
  );
  const schema = Object.values(route.op.requestBody?.content ?? {})[0]?.schema;
  const body = schema ? fc.oneof({ arbitrary: good("", schema, ids), weight: 9 }, { arbitrary: nonsense, weight: 1 }) : fc.constant(undefined);
  /* What is for administrators is asked by one, mostly: for everybody else it is not there. */
  const who = route.path.startsWith("/admin/") ? fc.constantFrom(4, 4, 4, 4, 0, 3, 5, 6) : fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 3, 5, 6);
  return fc.record({ parameters: fc.tuple(...parameters), who, body }).map(({ parameters: given, who, body: b }) => {
    const inPath = given.reduce((path, [p, value]) => (p.in === "path" ? path.replace(`{${p.name}}`, text(value) || "-") : path), route.path);
    const query = given.flatMap(([p, value]) => (p.in === "query" && value !== undefined ? [`${p.name}=${text(value)}`] : []));
    return { route, who, path: query.length ? `${inPath}?${query.join("&")}` : inPath, body: b };
  });
}

// -------------------------------------------------------------------------------------------------- what holds

function checkAnswer(request: Request, answer: Answer): void {
  const what = `${request.route.method} ${request.path} ${JSON.stringify(request.body)?.slice(0, 400) ?? ""} by ${String(request.who)}: ${String(answer.status)} ${answer.text.slice(0, 400)}`;
  expect(answer.status, what).toBeLessThan(500);
  expect(document.undocumented(request.route, answer.status, answer.body), what).toBeUndefined();
}

/** Ends the world for those who are in it: asked last, or nothing would be left to ask for. */
const FINAL = [
  ...["session_delete", "me_sessions_delete", "me_session_delete", "me_password_put", "room_delete", "resets_post"],
  ...["admin_user_patch", "admin_user_sessions_delete", "admin_user_session_delete", "admin_room_patch", "admin_room_delete", "admin_settings_patch"],
];

/** Each route once, in any order, but that those that end the world come last. */
const everyRoute = (ids: World["ids"]): fc.Arbitrary<Request[]> =>
  fc
    .shuffledSubarray([...document.routes], { minLength: document.routes.length })
    .map((all) => all.toSorted((a, b) => Number(FINAL.includes(a.op.operationId)) - Number(FINAL.includes(b.op.operationId))))
    .chain((all) => fc.tuple(...all.map((route) => requestTo(route, ids))));

test(`whatever is asked is answered as documented, and what is refused changes nothing (seed ${String(SEED)})`, async () => {
  let refused = 0;
  let done = 0;
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (drawn) => {
      const world = await makeWorld();
      const steps = must(fc.sample(everyRoute(world.ids), { numRuns: 1, seed: drawn })[0]);
      let before = stored.all();
      for (const step of steps) {
        const raw = step.body === undefined ? {} : { raw: JSON.stringify(step.body) ?? "" };
        const answer = await call(server, step.route.method, step.path, { ...raw, token: world.tokens[step.who] });
        checkAnswer(step, answer);
        if (answer.status < 300 && step.route.method !== "GET") await stored.settled();
        const after = stored.all();
        if (answer.status < 300) {
          done++;
          reached.add(step.route.op.operationId);
        } else refused++;
        if (answer.status >= 300 || step.route.method === "GET") {
          const told = `changed by ${step.route.method} ${step.path}, answered with ${String(answer.status)}`;
          expect(differing(before, after), told).toEqual([]);
        }
        before = after;
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  expect(refused).toBeGreaterThan(RUNS);
  expect(done).toBeGreaterThan(RUNS);
  expect(reached.size, `too few succeed: ${[...reached].sort().join(" ")}`).toBeGreaterThan(document.routes.length / 2);
}, 600_000);
