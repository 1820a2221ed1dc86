/* HTTP/1.1 as it is on the wire (RFC 9110, RFC 9112): what is spoken, what is refused and how. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Raw, ask } from "./harness/raw";
import { Server } from "./harness/server";
import { must } from "./harness/wait";

let server: Server;

beforeAll(async () => {
  server = await Server.start({ flags: ["--debug-echo"] });
});
afterAll(async () => {
  await server.stop();
});

const ECHO = "POST /debug/echo HTTP/1.1\r\nHost: x\r\n";
const code = (body: Buffer): string => (JSON.parse(body.toString()) as { code: string }).code;

describe("a connection", () => {
  test("serves one request after the other", async () => {
    const raw = await Raw.open(server);
    for (const text of ["one", "two", "three"]) {
      raw.send(`${ECHO}Content-Length: ${String(text.length)}\r\n\r\n${text}`);
      expect((await raw.answer()).body.toString()).toBe(text);
    }
    expect(raw.isOpen).toBe(true);
    raw.close();
  });

  test("answers pipelined requests in their order, quick ones behind slow ones too", async () => {
    const raw = await Raw.open(server);
    const names = Array.from({ length: 60 }, (_, i) => `n${String(i)}`);
    const requests = names.map((n, i) => {
      const body = JSON.stringify({ name: `pipe${n}`, password: "correct horse", token: true });
      // Every third one hashes a password on another thread; the others are answered at once.
      return i % 3 === 0
        ? `POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`
        : `${ECHO}Content-Length: ${String(n.length)}\r\n\r\n${n}`;
    });
    raw.send(requests.join(""));
    for (const [i, n] of names.entries()) {
      const answer = await raw.answer();
      if (i % 3 !== 0) expect(answer.body.toString()).toBe(n);
      else expect((JSON.parse(answer.body.toString()) as { user: { name: string } }).user.name).toBe(`pipe${n}`);
    }
    raw.close();
  });

  test("gives the same however its bytes are cut", async () => {
    const bytes = `${ECHO}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n`;
    const raw = await Raw.open(server);
    for (const byte of bytes + bytes) {
      raw.send(byte);
      await new Promise(setImmediate);
    }
    expect((await raw.answer()).body.toString()).toBe("abcde");
    expect((await raw.answer()).body.toString()).toBe("abcde");
    raw.close();
  });

  test("is closed when the client asks, and kept for HTTP/1.0 only when it asks", async () => {
    expect((await ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).closed).toBe(true);
    expect((await ask(server, "GET /healthz HTTP/1.0\r\n\r\n")).closed).toBe(true);
    const kept = await ask(server, "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    expect(kept.headers["connection"]).toBe("keep-alive");
  });

  test("answers a peer that has closed its half", async () => {
    const raw = await Raw.open(server);
    raw.socket.end(`${ECHO}Content-Length: 2\r\n\r\nhi`);
    expect((await raw.answer()).body.toString()).toBe("hi");
    await raw.end();
    raw.close();
  });

  test("may be left at any instant without harm to others", async () => {
    const bytes = `${ECHO}Content-Length: 100\r\n\r\nabc`;
    for (let n = 1; n <= bytes.length; n += 7) {
      const raw = await Raw.open(server);
      raw.send(bytes.slice(0, n));
      raw.socket.resetAndDestroy();
    }
    expect((await ask(server, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")).status).toBe(200);
  });
});

describe("bodies", () => {
  test("100 Continue is sent before the body is read, and only then", async () => {
    const raw = await Raw.open(server);
    raw.send(`${ECHO}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
    expect((await raw.answer()).status).toBe(100);
    raw.send("ok");
    expect((await raw.answer()).body.toString()).toBe("ok");
    raw.close();
  });

  test("what is too large is refused before it is sent", async () => {
    const told = await ask(server, `${ECHO}Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n`);
    expect([told.status, told.closed]).toEqual([413, true]);
    const chunk = await ask(server, `${ECHO}Transfer-Encoding: chunked\r\n\r\nffffff\r\n`);
    expect([chunk.status, chunk.closed]).toEqual([413, true]);
  });

  test("a body as large as allowed comes back whole", async () => {
    const body = Buffer.alloc(256 * 1024, "ä");
    const raw = await Raw.open(server);
    raw.send(Buffer.concat([Buffer.from(`${ECHO}Content-Length: ${String(body.length)}\r\n\r\n`), body]));
    expect((await raw.answer()).body.equals(body)).toBe(true);
    raw.close();
  });

  test("many small chunks can't outweigh what they carry", async () => {
    const raw = await Raw.open(server);
    raw.send(`${ECHO}Transfer-Encoding: chunked\r\n\r\n`);
    raw.send(`1;${"x".repeat(200)}\r\na\r\n`.repeat(200));
    expect((await raw.answer()).status).toBe(413);
    raw.close();
  });
});

describe("methods", () => {
  test("HEAD answers as GET does, without the body", async () => {
    for (const path of ["/", "/healthz", "/api/v1/server", "/api/v1/openapi.json"]) {
      const get = await ask(server, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const head = await ask(server, `HEAD ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(head.status).toBe(200);
      expect(head.body.length).toBe(0);
      const same = ["content-length", "content-type", "etag", "cache-control"] as const;
      for (const name of same) expect([path, name, head.headers[name]]).toEqual([path, name, get.headers[name]]);
    }
  });

  test("OPTIONS and 405 tell what an address allows", async () => {
    const cases: [string, string, number, string | undefined][] = [
      ["OPTIONS", "/api/v1/rooms", 204, "GET, HEAD, POST, OPTIONS"],
      ["PUT", "/api/v1/rooms", 405, "GET, HEAD, POST, OPTIONS"],
      ["OPTIONS", "/api/v1/session", 204, "GET, HEAD, POST, DELETE, OPTIONS"],
      ["PATCH", "/api/v1/session", 405, "GET, HEAD, POST, DELETE, OPTIONS"],
      ["POST", "/", 405, "GET, HEAD, OPTIONS"],
      ["DELETE", "/index.html", 405, "GET, HEAD, OPTIONS"],
      ["OPTIONS", "*", 204, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"],
      ["POST", "/api/v1/nothing", 404, undefined],
      ["GET", "/api/v1/nothing", 404, undefined],
      ["GET", "/assets/nothing.js", 404, undefined],
    ];
    for (const [method, path, status, allow] of cases) {
      const length = method === "GET" ? "" : "Content-Length: 0\r\n";
      const answer = await ask(server, `${method} ${path} HTTP/1.1\r\nHost: x\r\n${length}\r\n`);
      expect([method, path, answer.status, answer.headers["allow"]]).toEqual([method, path, status, allow]);
    }
  });

  test("any method reaches the echo, none but ours the rest", async () => {
    expect((await ask(server, "REPORT /debug/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")).body.toString()).toBe("hi");
    expect((await ask(server, "REPORT / HTTP/1.1\r\nHost: x\r\n\r\n")).status).toBe(501);
    expect((await ask(server, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n")).status).toBe(501);
  });
});

describe("refused and closed", () => {
  const H = "Host: x\r\n";
  const cases: [string, string, number][] = [
    ["two lengths", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!`, 400],
    ["the same length twice", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`, 400],
    ["lengths in one field", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: 2, 2\r\n\r\nhi`, 400],
    ["length and chunked", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ["chunked and length", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400],
    ["chunked twice", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
    ["chunked not last", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
    ["a coding not known", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: gzip\r\n\r\n`, 501],
    ["a sign on the length", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: +2\r\n\r\nhi`, 400],
    ["a negative length", `POST /debug/echo HTTP/1.1\r\n${H}Content-Length: -2\r\n\r\nhi`, 400],
    ["no length", `POST /debug/echo HTTP/1.1\r\n${H}\r\n`, 411],
    ["a bad chunk size", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 400],
    ["a chunk that ends wrongly", `POST /debug/echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\n\r\n2\r\nhiX0\r\n\r\n`, 400],
    ["bare LF", `GET / HTTP/1.1\n${H}\r\n`, 400],
    ["bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400],
    ["bare CR", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400],
    ["obsolete folding", `GET / HTTP/1.1\r\n${H}A: b\r\n c\r\n\r\n`, 400],
    ["space before the colon", `GET / HTTP/1.1\r\n${H}A : b\r\n\r\n`, 400],
    ["a NUL", `GET / HTTP/1.1\r\n${H}A: b\0c\r\n\r\n`, 400],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", `GET / HTTP/1.1\r\n${H}${H}\r\n`, 400],
    ["an odd Host", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400],
    ["a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400],
    ["two spaces", `GET  / HTTP/1.1\r\n${H}\r\n`, 400],
    ["an escape that is none", `GET /%zz HTTP/1.1\r\n${H}\r\n`, 400],
    ["an escaped NUL", `GET /%00 HTTP/1.1\r\n${H}\r\n`, 400],
    ["an escaped slash", `GET /api%2Fv1/server HTTP/1.1\r\n${H}\r\n`, 400],
    ["a way out of the root", `GET /../../etc/passwd HTTP/1.1\r\n${H}\r\n`, 400],
    ["an escaped way out", `GET /%2e%2e/etc/passwd HTTP/1.1\r\n${H}\r\n`, 400],
    ["a long target", `GET /${"a".repeat(5000)} HTTP/1.1\r\n${H}\r\n`, 414],
    ["a large head", `GET / HTTP/1.1\r\n${H}A: ${"a".repeat(20000)}\r\n\r\n`, 431],
    ["many fields", `GET / HTTP/1.1\r\n${H}${"A: b\r\n".repeat(100)}\r\n`, 431],
    ["an expectation not known", `POST / HTTP/1.1\r\n${H}Content-Length: 1\r\nExpect: tea\r\n\r\n`, 417],
    ["a compressed body", `POST /debug/echo HTTP/1.1\r\n${H}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi`, 415],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["HTTP/1.7", `GET / HTTP/1.7\r\n${H}\r\n`, 505],
    ["HTTP/3.0", `GET / HTTP/3.0\r\n${H}\r\n`, 505],
    ["a method not known", `BREW / HTTP/1.1\r\n${H}\r\n`, 501],
    ["CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", 501],
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
  ];

  test.each(cases)("%s", async (_, bytes, status) => {
    // What would be a second request must not be answered: nothing says where it begins.
    const raw = await Raw.open(server);
    raw.send(`${bytes}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
    const answer = await raw.answer();
    expect(answer.status).toBe(status);
    expect(answer.headers["connection"]).toBe("close");
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(code(answer.body)).toMatch(/^[a-z_]+$/);
    expect((await raw.end()).length).toBe(0);
    raw.close();
  });

  test("a request cut short by its sender", async () => {
    const raw = await Raw.open(server);
    raw.socket.end("GET / HTTP/1.1\r\nHost:");
    expect((await raw.answer()).status).toBe(400);
    await raw.end();
    raw.close();
  });
});

describe("slow senders", () => {
  test.concurrent("of a head are refused after its time, drop by drop too", { timeout: 90_000 }, async () => {
    const raw = await Raw.open(server);
    const began = Date.now();
    raw.send("GET / HTTP/1.1\r\nHost: x\r\nA: ");
    const drip = setInterval(() => {
      raw.send("a");
    }, 500);
    const end = await raw.end(60_000);
    clearInterval(drip);
    expect(end.toString("latin1")).toMatch(/^HTTP\/1\.1 408 /);
    expect(Date.now() - began).toBeGreaterThan(13_000);
    raw.close();
  });

  test.concurrent("who say nothing at all are closed without a word", { timeout: 90_000 }, async () => {
    const raw = await Raw.open(server);
    expect((await raw.end(60_000)).length).toBe(0);
    raw.close();
  });
});

describe("the client's files", () => {
  const get = (path: string, more = ""): ReturnType<typeof ask> =>
    ask(server, `GET ${path} HTTP/1.1\r\nHost: ${server.host}\r\n${more}\r\n`);
  const script = async (): Promise<string> => must(/src="(\/assets\/[^"]+\.js)"/.exec((await get("/")).body.toString())?.[1]);

  test("the page is checked each time, hashed files are kept for ever", async () => {
    const page = await get("/");
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["cache-control"]).toBe("no-cache");
    const js = await get(await script());
    expect(js.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(js.headers["content-type"]).toMatch(/^(text|application)\/javascript/);
  });

  test("the page's headers keep strangers out", async () => {
    const page = await get("/");
    const policy = must(page.headers["content-security-policy"]);
    for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(page.headers["x-content-type-options"]).toBe("nosniff");
    expect(page.headers["x-frame-options"]).toBe("DENY");
    expect(page.headers["referrer-policy"]).toBe("same-origin");
    expect(page.headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(page.body.toString()).not.toMatch(/<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=/);
    for (const path of ["/api/v1/server", "/api/v1/rooms"]) {
      const answer = await get(path);
      expect([answer.headers["x-content-type-options"], answer.headers["cache-control"]]).toEqual(["nosniff", "no-store"]);
    }
  });

  test("come in the best coding that the client takes", async () => {
    const path = await script();
    const plain = await get(path);
    const cases: [string, string | undefined][] = [
      ["", undefined],
      ["gzip, deflate, br", "br"],
      ["gzip", "gzip"],
      ["br;q=0.5, gzip", "gzip"],
      ["br;q=0, gzip;q=0", undefined],
      ["*", "br"],
      ["identity", undefined],
      ["gzip;q=0.1, identity;q=0", "gzip"],
    ];
    for (const [accept, coding] of cases) {
      const answer = await get(path, accept ? `Accept-Encoding: ${accept}\r\n` : "");
      expect([accept, answer.headers["content-encoding"]]).toEqual([accept, coding]);
      expect(answer.headers["vary"]).toBe("Accept-Encoding");
      const body =
        coding === "br" ? brotliDecompressSync(answer.body) : coding === "gzip" ? gunzipSync(answer.body) : answer.body;
      expect(body.equals(plain.body)).toBe(true);
    }
    const etags = await Promise.all(["br", "gzip", "identity"].map(async (a) => (await get(path, `Accept-Encoding: ${a}\r\n`)).headers["etag"]));
    expect(new Set(etags).size).toBe(3);
    expect((await get(path, "Accept-Encoding: identity;q=0, br;q=0, gzip;q=0\r\n")).status).toBe(406);
  });

  test("are not sent again to whoever has them", async () => {
    const path = await script();
    const etag = must((await get(path)).headers["etag"]);
    for (const asked of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await get(path, `If-None-Match: ${asked}\r\n`);
      expect([asked, answer.status, answer.body.length, answer.headers["etag"]]).toEqual([asked, 304, 0, etag]);
    }
    expect((await get(path, 'If-None-Match: "other"\r\n')).status).toBe(200);
  });

  test("come in ranges", async () => {
    const path = await script();
    const whole = (await get(path)).body;
    const etag = must((await get(path)).headers["etag"]);
    const n = whole.length;
    const cases: [string, number, number, number][] = [
      ["bytes=0-9", 206, 0, 10],
      [`bytes=${String(n - 5)}-`, 206, n - 5, n],
      ["bytes=-7", 206, n - 7, n],
      ["bytes=5-999999999", 206, 5, n],
      ["bytes=1-2,4-5", 200, 0, n],
      ["bytes=9-3", 200, 0, n],
      ["pages=1-2", 200, 0, n],
    ];
    for (const [range, status, from, to] of cases) {
      const answer = await get(path, `Range: ${range}\r\n`);
      expect([range, answer.status]).toEqual([range, status]);
      expect(answer.body.equals(whole.subarray(from, to))).toBe(true);
      const told = status === 206 ? `bytes ${String(from)}-${String(to - 1)}/${String(n)}` : undefined;
      expect(answer.headers["content-range"]).toBe(told);
    }
    const beyond = await get(path, `Range: bytes=${String(n)}-\r\n`);
    expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, `bytes */${String(n)}`]);
    expect((await get(path, `Range: bytes=0-1\r\nIf-Range: ${etag}\r\n`)).status).toBe(206);
    expect((await get(path, 'Range: bytes=0-1\r\nIf-Range: "old"\r\n')).status).toBe(200);
  });

  test("every address of a conversation is the page, what looks like a file is not", async () => {
    const page = (await get("/")).body;
    for (const path of ["/r/0123456789abc", "/settings"]) expect((await get(path)).body.equals(page)).toBe(true);
    for (const path of ["/nothing.png", "/assets/", "/api", "/debug/nothing"]) expect([path, (await get(path)).status]).toEqual([path, 404]);
  });
});

test("health, readiness and metrics", async () => {
  for (const path of ["/healthz", "/readyz"]) {
    expect((await ask(server, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).status).toBe(200);
  }
  const metrics = await ask(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(metrics.headers["content-type"]).toMatch(/^text\/plain/);
  for (const line of metrics.body.toString().trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) confab_[a-z_]+ .+|confab_[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+)$/);
  }
});
