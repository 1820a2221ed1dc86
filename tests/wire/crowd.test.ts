/* How many connections one address may have, directly and through a proxy that tells for whom it speaks. */
import { afterEach, expect, test } from "vitest";
import { Person } from "./harness/api";
import { ask, Raw } from "./harness/raw";
import { Server } from "./harness/server";
import { eventually } from "./harness/wait";

let server: Server;
afterEach(async () => {
  await server.stop();
});

const HEALTH = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
const crowdedLines = (): number => server.log.split("\n").filter((line) => line.includes("too many connections from one address")).length;

/** A connection that the server has taken. */
async function taken(): Promise<Raw> {
  const raw = await Raw.open(server);
  raw.send(HEALTH);
  expect((await raw.answer()).status).toBe(200);
  return raw;
}

test("an address that has as many as it may is told so before it has said anything, and comes in when one has gone", async () => {
  server = await Server.start({ flags: ["--address-connections", "3", "--threads", "2"] });
  const there = [await taken(), await taken(), await taken()];
  for (const bytes of ["", HEALTH, `${HEALTH}${HEALTH}`]) {
    const refused = await ask(server, bytes);
    expect([refused.status, refused.headers["retry-after"], refused.closed]).toEqual([429, "10", true]);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ status: 429, code: "rate_limited" });
  }
  await eventually(async () => {
    there[0]!.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    return (await there[0]!.answer()).body.toString().includes("\nconfab_crowded_total 3\n") || undefined;
  }, "the three are counted");
  expect(crowdedLines()).toBe(1);

  there.pop()!.close();
  await eventually(async () => (await ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).status === 200 || undefined, "there is room");
  for (const raw of there) raw.close();
});

test("a long poll counts as long as it is there, however few connections carry it", async () => {
  server = await Server.start({ flags: ["--address-connections", "3", "--trusted-proxies", "127.0.0.1", "--threads", "2"] });
  const ann = await Person.signUp(server), bob = await Person.signUp(server);
  const raw = await Raw.open(server);
  const poll = async (who: Person, address: string, query = "hello=%7B%7D"): Promise<{ status: number; retry: string | undefined; name: string }> => {
    raw.send(`GET /api/v1/poll?${query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${who.token}\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    const { status, headers, body } = await raw.answer();
    return { status, retry: headers["retry-after"], name: (JSON.parse(body.toString()) as { connection?: string }[])[0]?.connection ?? "" };
  };
  const open = [await poll(ann, "203.0.113.7"), await poll(bob, "203.0.113.7"), await poll(bob, "203.0.113.7")];
  expect(open.map((o) => o.status)).toEqual([200, 200, 200]);
  expect(await poll(ann, "203.0.113.7")).toMatchObject({ status: 429, retry: "10" });
  // Another address comes in, and who is there already asks on.
  expect((await poll(ann, "203.0.113.8")).status).toBe(200);
  const more = poll(ann, "203.0.113.7", `connection=${open[0]!.name}`);
  await ann.group("Garden");
  expect((await more).status).toBe(200);

  await bob.do("DELETE", "/session");
  await eventually(async () => (await poll(ann, "203.0.113.7")).status === 200 || undefined, "there is room");
  raw.close();
});

test("one who comes without a proxy counts for their long polls, too", async () => {
  server = await Server.start({ flags: ["--address-connections", "3"] });
  const raw = await Raw.open(server);
  const account = JSON.stringify({ name: "ann", password: "a long enough one", token: true });
  raw.send(`POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${String(account.length)}\r\n\r\n${account}`);
  const { token } = JSON.parse((await raw.answer()).body.toString()) as { token: string };
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) {
    raw.send(`GET /api/v1/poll?hello=%7B%7D HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    statuses.push((await raw.answer()).status);
  }
  expect(statuses).toEqual([200, 200, 429]);
  raw.close();
});

test("large bodies that never end keep nobody from another address from sending one", async () => {
  server = await Server.start({ flags: ["--trusted-proxies", "127.0.0.1", "--threads", "1"] });
  const open: Raw[] = [];
  const picture = async (address: string): Promise<number> => {
    const raw = await Raw.open(server);
    open.push(raw);
    raw.send(`PUT /api/v1/me/avatar HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 300000\r\nExpect: 100-continue\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    return (await raw.answer()).status;
  };
  const some = async (n: number, address: string): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < n; i++) statuses.push(await picture(address));
    return statuses;
  };
  expect(await some(6, "203.0.113.7")).toEqual([100, 100, 100, 100, 429, 429]);
  expect(await some(4, "203.0.113.8")).toEqual([100, 100, 100, 100]);
  open[0]!.close();
  await eventually(async () => (await picture("203.0.113.7")) === 100 || undefined, "there is room");
  for (const raw of open) raw.close();
});

test("a proxy is not counted, and what becomes live through it counts for whom it speaks", async () => {
  server = await Server.start({ flags: ["--address-connections", "2", "--trusted-proxies", "127.0.0.1"] });
  const ann = await Person.signUp(server);
  const live = async (path: string, address: string, more = ""): Promise<{ raw: Raw; status: number; retry: string | undefined }> => {
    const raw = await Raw.open(server);
    raw.send(`GET /api/v1${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nX-Forwarded-For: ${address}\r\n${more}\r\n`);
    const { status, headers } = await raw.answer(true);
    return { raw, status, retry: headers["retry-after"] };
  };
  const socket = (address: string): ReturnType<typeof live> =>
    live("/socket", address, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  const events = (address: string): ReturnType<typeof live> => live("/events", address);

  const open = [await socket("203.0.113.7"), await events("203.0.113.7")];
  expect(open.map((o) => o.status)).toEqual([101, 200]);
  for (const refused of [await socket("203.0.113.7"), await events("203.0.113.7")]) {
    expect([refused.status, refused.retry]).toEqual([429, "10"]);
    refused.raw.close();
  }
  // Others come in; of IPv6 a /64 is one address; and requests are no connections of their own.
  open.push(await socket("203.0.113.8"), await socket("2001:db8::1"), await socket("2001:db8::2:0:0:2"), await events("2001:db8:0:1::1"));
  expect(open.map((o) => o.status)).toEqual([101, 200, 101, 101, 101, 200]);
  expect((await socket("2001:db8::3")).status).toBe(429);
  for (let i = 0; i < 5; i++) expect((await live("/me", "203.0.113.7")).status).toBe(200);

  open.shift()!.raw.close();
  await eventually(async () => {
    const again = await socket("203.0.113.7");
    again.raw.close();
    return again.status === 101 || undefined;
  }, "there is room");
});
