/* TLS of the real binary: HTTPS and WebSocket through it, and certificates read again on SIGHUP. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as plain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Server } from "./harness/server";

let folder: string;
let server: Server;
const path = (name: string): string => join(folder, name);

function certificate(name: string): void {
  const files = ["-keyout", path(`${name}.key`), "-out", path(`${name}.pem`)];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", ...kind, "-subj", `/CN=${name}.test`, ...files], { stdio: "ignore" });
}

function use(name: string): void {
  copyFileSync(path(`${name}.key`), path("key"));
  copyFileSync(path(`${name}.pem`), path("chain"));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "confab-tls-"));
  for (const name of ["old", "new"]) certificate(name);
  use("old");
  server = await Server.start({ flags: ["--tls-cert", path("chain"), "--tls-key", path("key")] });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** A connection, once it is made. */
function open(port = server.port): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket);
    });
    socket.on("error", reject);
  });
}

const nameOf = (socket: TLSSocket): unknown => socket.getPeerCertificate().subject.CN;

async function nameNow(): Promise<unknown> {
  const socket = await open();
  const name = nameOf(socket);
  socket.destroy();
  return name;
}

/** What a kept connection answers. */
function ask(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (bytes: Buffer) => {
      resolve(bytes.toString().split("\r\n")[0]!);
    });
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  });
}

/** All that comes until the end, on a connection that says nothing by itself. */
function last(port: number): Promise<string> {
  return new Promise((resolve) => {
    let all = "";
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    socket.on("data", (bytes: Buffer) => (all += bytes.toString()));
    socket.on("error", () => undefined); // closed before it was made
    socket.on("close", () => {
      resolve(all);
    });
  });
}

test("an address that has too many connections is told so, a few times in a second", async () => {
  const small = await Server.start({ flags: ["--tls-cert", path("chain"), "--tls-key", path("key"), "--address-connections", "3", "--threads", "1"] });
  const there = await Promise.all([open(small.port), open(small.port), open(small.port)]);
  for (const socket of there) expect(await ask(socket)).toBe("HTTP/1.1 200 OK");
  const [head = "", body = ""] = (await last(small.port)).split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 429 [^]*\r\nRetry-After: 10\r\n[^]*\r\nConnection: close$/);
  expect(JSON.parse(body)).toMatchObject({ status: 429, code: "rate_limited" });

  // Who never shakes hands is waited for, for a few seconds.
  const silent = new Promise<void>((resolve) => {
    plain({ port: small.port, host: "127.0.0.1" })
      .on("close", () => {
        resolve();
      })
      .resume();
  });
  // Each costs a handshake, so that of many most are closed.
  const began = performance.now();
  const all = await Promise.all(Array.from({ length: 60 }, () => last(small.port)));
  const told = all.filter((text) => text.startsWith("HTTP/1.1 429")).length;
  expect(all.filter((text) => text !== "").length).toBe(told);
  expect(told).toBeLessThanOrEqual(10 * (2 + Math.floor((performance.now() - began) / 1000)));
  await silent;
  for (const socket of there) expect(await ask(socket)).toBe("HTTP/1.1 200 OK");
  for (const socket of there) socket.destroy();
  await small.stop();
});

test("HTTPS answers", async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = request({ port: server.port, host: "127.0.0.1", path: "/", rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject);
    asked.end();
  });
  expect(status).toBe(200);
});

test("a WebSocket is opened through it", async () => {
  const socket = await open();
  socket.write(
    "GET /api/v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  const first = await new Promise<string>((resolve) => socket.once("data", (bytes: Buffer) => resolve(bytes.toString())));
  // Nobody is signed in: the answer is the API's own, and it came through.
  expect(first).toMatch(/^HTTP\/1\.1 401 /);
  socket.destroy();
});

test("on SIGHUP the next connection gets the new certificate, and those that are there stay", async () => {
  const before = await open();
  expect(nameOf(before)).toBe("old.test");
  expect(await ask(before)).toBe("HTTP/1.1 200 OK");
  use("new");
  expect(await nameNow()).toBe("old.test");
  process.kill(server.pid, "SIGHUP");
  await expect.poll(nameNow).toBe("new.test");
  expect(await ask(before)).toBe("HTTP/1.1 200 OK");
  before.destroy();
});

test("a certificate that can't be read is told, and the one before it serves on", async () => {
  writeFileSync(path("chain"), "no certificate\n");
  process.kill(server.pid, "SIGHUP");
  await expect.poll(() => server.log).toMatch(/level=(error|warn)[^\n]*(tls|certificate)/i);
  expect(await nameNow()).toBe("new.test");
  use("old");
  process.kill(server.pid, "SIGHUP");
  await expect.poll(nameNow).toBe("old.test");
});
