/* WebSocket on the wire (RFC 6455, RFC 7692): /debug/echo goes through the code that production uses, and
 * /api/v1/socket is production. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Person } from "./harness/api";
import { Raw, ask } from "./harness/raw";
import { Server } from "./harness/server";
import { DEADLINE_MS } from "./harness/wait";
import {
  BINARY,
  CLOSE,
  KEY,
  PING,
  PONG,
  TEXT,
  Ws,
  acceptOf,
  closeFrame,
  deflated,
  frame,
  handshake,
  inflated,
  type HandshakeOptions,
} from "./harness/ws";

let server: Server;
let ann: Person;

beforeAll(async () => {
  server = await Server.start({ flags: ["--debug-echo", "--origins", "https://friend.example"] });
  ann = await Person.signUp(server);
});
afterAll(async () => {
  await server.stop();
});

const echo = (options: HandshakeOptions = {}): Promise<Ws> => Ws.open(server, options);
const socket = (options: HandshakeOptions = {}): Promise<Ws> =>
  Ws.open(server, { path: "/api/v1/socket", token: ann.token, ...options });

describe("the handshake", () => {
  test("answers the key", async () => {
    const ws = await echo();
    expect(ws.answer.headers["sec-websocket-accept"]).toBe(acceptOf(KEY));
    expect(ws.answer.headers["upgrade"]).toBe("websocket");
    expect(ws.answer.headers["connection"]).toMatch(/^upgrade$/i);
    expect(ws.answer.headers["sec-websocket-extensions"]).toBeUndefined();
    expect(ws.answer.headers["sec-websocket-protocol"]).toBeUndefined();
    ws.raw.close();
  });

  const refused: [string, HandshakeOptions, number][] = [
    ["without Upgrade", { headers: { Upgrade: undefined } }, 426],
    ["of another protocol", { headers: { Upgrade: "h2c" } }, 426],
    ["without Connection: upgrade", { headers: { Connection: "keep-alive" } }, 426],
    ["of another version", { headers: { "Sec-WebSocket-Version": "8" } }, 426],
    ["without a version", { headers: { "Sec-WebSocket-Version": undefined } }, 426],
    ["without a key", { headers: { "Sec-WebSocket-Key": undefined } }, 400],
    ["with a short key", { headers: { "Sec-WebSocket-Key": "c2hvcnQ=" } }, 400],
    ["with a key that is no base64", { headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" } }, 400],
    ["with HTTP/1.0", { version: "1.0" }, 400],
    ["from another site", { headers: { Origin: "https://evil.example" } }, 403],
    ["from a page of no origin", { headers: { Origin: "null" } }, 403],
    ["from our name on another port", { headers: { Origin: "http://127.0.0.1:1" } }, 403],
    ["from a name that begins as ours", { headers: { Origin: "http://127.0.0.1.evil.example" } }, 403],
  ];
  test.each(refused)("is refused %s", async (_, options, status) => {
    for (const where of [{}, { path: "/api/v1/socket", token: ann.token }]) {
      const isPlain = /^(h2c|)$/.test(options.headers?.["Upgrade"] ?? (options.headers && "Upgrade" in options.headers ? "" : "x"));
      if (isPlain && !("path" in where)) continue; // the echo takes it for a request like any other
      const answer = await ask(server, handshake(server, { ...options, ...where }));
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      if (status === 426) expect(answer.headers["upgrade"]).toBe("websocket");
    }
    const old = await ask(server, handshake(server, { headers: { "Sec-WebSocket-Version": "8" } }));
    expect(old.headers["sec-websocket-version"]).toBe("13");
  });

  test("is taken from our own origin, from those allowed, and from programs", async () => {
    for (const origin of [`http://${server.host}`, "https://friend.example", undefined]) {
      const ws = await socket({ headers: { Origin: origin } });
      ws.raw.close();
    }
  });

  test("of the socket needs somebody signed in", async () => {
    for (const token of [undefined, "nonsense", `${ann.token}x`]) {
      const answer = await ask(server, handshake(server, { path: "/api/v1/socket", ...(token ? { token } : {}) }));
      expect(answer.status).toBe(401);
    }
  });
});

describe("messages", () => {
  test("come back as they were, of every length form", async () => {
    const ws = await echo();
    for (const n of [0, 1, 125, 126, 127, 65535, 65536, 200_000]) {
      const bytes = Buffer.alloc(n, "x");
      ws.send(frame(n % 2 ? TEXT : BINARY, bytes));
      const back = await ws.frame();
      expect([n, back.opcode, back.fin, back.rsv, back.masked, back.payload.equals(bytes)]).toEqual([
        n,
        n % 2 ? TEXT : BINARY,
        true,
        0,
        false,
        true,
      ]);
    }
    ws.raw.close();
  });

  test("in fragments are one message, with control frames answered in between", async () => {
    const ws = await echo();
    ws.send(frame(TEXT, "He", { fin: false }), frame(PING, "now"), frame(0, "ll", { fin: false }), frame(PONG, "?"), frame(0, "o"));
    const pong = await ws.frame();
    expect([pong.opcode, pong.payload.toString()]).toEqual([PONG, "now"]);
    expect(await ws.text()).toBe("Hello");
    ws.raw.close();
  });

  test("may be cut anywhere, characters too", async () => {
    const ws = await echo();
    const bytes = Buffer.concat([frame(TEXT, Buffer.from("Grüße €𝄞").subarray(0, 3), { fin: false }), frame(0, Buffer.from("Grüße €𝄞").subarray(3))]);
    for (const byte of bytes) {
      ws.send(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect(await ws.text()).toBe("Grüße €𝄞");
    ws.raw.close();
  });

  test("many in one write are answered each, in order", async () => {
    const ws = await echo();
    ws.send(...Array.from({ length: 500 }, (_, i) => frame(TEXT, String(i))));
    for (let i = 0; i < 500; i++) expect(await ws.text()).toBe(String(i));
    ws.raw.close();
  });

  test("a ping is answered with its own words", async () => {
    const ws = await socket();
    for (const words of ["", "hello", "x".repeat(125)]) {
      ws.send(frame(PING, words));
      const f = await ws.frame();
      expect([f.opcode, f.payload.toString()]).toEqual([PONG, words]);
    }
    ws.raw.close();
  });
});

describe("mistakes end the connection with the code that names them", () => {
  const RSV1 = 4;
  const long = 256n * 1024n + 1n;
  const cases: [string, Buffer[], number][] = [
    ["not masked", [frame(TEXT, "x", { mask: false })], 1002],
    ["a control frame not masked", [frame(PING, "x", { mask: false })], 1002],
    ["reserved bit 1 without an extension", [frame(TEXT, "x", { rsv: RSV1 })], 1002],
    ["reserved bit 2", [frame(TEXT, "x", { rsv: 2 })], 1002],
    ["reserved bit 3", [frame(PING, "x", { rsv: 1 })], 1002],
    ["opcode 3", [frame(3, "x")], 1002],
    ["opcode 11", [frame(11, "")], 1002],
    ["a continuation of nothing", [frame(0, "x")], 1002],
    ["a message inside another", [frame(TEXT, "x", { fin: false }), frame(TEXT, "y")], 1002],
    ["a ping in fragments", [frame(PING, "x", { fin: false })], 1002],
    ["a long ping", [frame(PING, "x".repeat(126))], 1002],
    ["a length not in its shortest form", [Buffer.from([0x81, 0x80 | 126, 0, 5, 1, 2, 3, 4])], 1002],
    ["a length beyond 63 bits", [Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])], 1002],
    ["a close of one byte", [frame(CLOSE, "x")], 1002],
    ["a close with 1005", [closeFrame(1005)], 1002],
    ["a close with 1006", [closeFrame(1006)], 1002],
    ["a close with 999", [closeFrame(999)], 1002],
    ["a close with 2999", [closeFrame(2999)], 1002],
    ["a close with 5000", [closeFrame(5000)], 1002],
    ["a close whose reason is not UTF-8", [closeFrame(1000, Buffer.from([0xff]))], 1007],
    ["text that is not UTF-8", [frame(TEXT, Buffer.from([0xc3, 0x28]))], 1007],
    ["a surrogate", [frame(TEXT, Buffer.from([0xed, 0xa0, 0x80]))], 1007],
    ["overlong UTF-8", [frame(TEXT, Buffer.from([0xc0, 0xaf]))], 1007],
    ["a character cut off at the end", [frame(TEXT, Buffer.from([0xe2, 0x82]))], 1007],
    ["broken UTF-8, before the message is whole", [frame(TEXT, Buffer.from([0x61, 0xff]), { fin: false })], 1007],
    ["a message too large, before it comes", [frame(TEXT, "", { length: long })], 1009],
    ["fragments too large together", [frame(TEXT, Buffer.alloc(200_000, "x"), { fin: false }), frame(0, "", { length: 100_000n })], 1009],
    ["bytes where text is spoken", [frame(BINARY, "x")], 1003],
  ];
  test.each(cases)("%s", async (_, frames, code) => {
    const ws = await socket();
    ws.send(...frames);
    expect((await ws.closed()).code).toBe(code);
  });

  test("and nothing that comes behind is looked at", async () => {
    const ws = await echo();
    ws.send(frame(3, "x"), frame(TEXT, "more"));
    const f = await ws.frame();
    expect(f.opcode).toBe(CLOSE);
    expect((await ws.raw.end()).length).toBe(0);
    ws.raw.close();
  });
});

describe("closing", () => {
  test.each([1000, 1001, 1003, 1011, 3000, 4999])("%i is answered with itself", async (code) => {
    const ws = await socket();
    ws.send(closeFrame(code, "bye"));
    expect((await ws.closed()).code).toBe(code);
  });

  test("without a code is answered without one", async () => {
    const ws = await socket();
    ws.send(frame(CLOSE));
    expect((await ws.closed()).code).toBe(1005);
  });

  test("leaves nobody behind when the peer just goes", async () => {
    for (let i = 0; i < 20; i++) (await echo()).raw.socket.resetAndDestroy();
    const ws = await echo();
    ws.send(frame(TEXT, "still here"));
    expect(await ws.text()).toBe("still here");
    ws.raw.close();
  });
});

describe("permessage-deflate", () => {
  const text = "Nothing acknowledged is ever lost. ".repeat(40);

  test("goes both ways, each message for itself", async () => {
    const ws = await echo({ deflate: true });
    expect(ws.answer.headers["sec-websocket-extensions"]).toMatch(/^permessage-deflate\b/);
    expect(ws.answer.headers["sec-websocket-extensions"]).toContain("server_no_context_takeover");
    for (let i = 0; i < 3; i++) {
      ws.send(frame(TEXT, deflated(text + String(i)), { rsv: 4 }));
      const f = await ws.frame();
      expect(f.rsv).toBe(4);
      expect(f.payload.length).toBeLessThan(text.length / 4);
      expect(inflated(f.payload).toString()).toBe(text + String(i));
    }
    ws.raw.close();
  });

  test("small messages go as they are, and plain ones are taken", async () => {
    const ws = await echo({ deflate: true });
    ws.send(frame(TEXT, "small"), frame(TEXT, deflated("packed"), { rsv: 4 }));
    const f = await ws.frame();
    expect([f.rsv, f.payload.toString()]).toEqual([0, "small"]);
    expect(await ws.text()).toBe("packed");
    ws.raw.close();
  });

  test("in fragments: only the first carries the bit", async () => {
    const ws = await echo({ deflate: true });
    const bytes = deflated(text);
    ws.send(frame(TEXT, bytes.subarray(0, 9), { rsv: 4, fin: false }), frame(PING, "p"), frame(0, bytes.subarray(9)));
    expect((await ws.frame()).opcode).toBe(PONG);
    expect(await ws.text()).toBe(text);
    ws.send(frame(TEXT, "a", { rsv: 4, fin: false }), frame(0, "b", { rsv: 4 }));
    expect((await ws.closed()).code).toBe(1002);
  });

  test("what can't be inflated, bombs, and text that is none when inflated are refused", async () => {
    const cases: [Buffer, number][] = [
      [Buffer.from([0xff, 0xff, 0xff, 0xff]), 1007],
      [deflated(Buffer.alloc(20_000_000)), 1009],
      [deflated(Buffer.from([0xc3, 0x28])), 1007],
    ];
    for (const [bytes, code] of cases) {
      const ws = await socket({ deflate: true });
      ws.send(frame(TEXT, bytes, { rsv: 4 }));
      expect((await ws.closed()).code).toBe(code);
    }
  });

  test("is not agreed on where the offer can't be met", async () => {
    for (const offer of ["x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=7", "permessage-deflate; nonsense"]) {
      const ws = await echo({ headers: { "Sec-WebSocket-Extensions": offer } });
      expect([offer, ws.answer.headers["sec-websocket-extensions"]]).toEqual([offer, undefined]);
      ws.raw.close();
    }
    const ws = await echo({ headers: { "Sec-WebSocket-Extensions": "permessage-deflate; nonsense, permessage-deflate" } });
    expect(ws.answer.headers["sec-websocket-extensions"]).toMatch(/^permessage-deflate/);
    ws.raw.close();
  });

  test("is not offered where it is switched off", async () => {
    const other = await Server.start({ flags: ["--debug-echo", "--compression=no"] });
    const ws = await Ws.open(other, { deflate: true });
    expect(ws.answer.headers["sec-websocket-extensions"]).toBeUndefined();
    ws.raw.close();
    await other.stop();
  });
});

test("frames that come in the same write as the handshake are not lost", async () => {
  const raw = await Raw.open(server);
  raw.send(Buffer.concat([Buffer.from(handshake(server)), frame(TEXT, "early")]));
  expect((await raw.answer()).status).toBe(101);
  await raw.take((b) => (b.includes("early") ? { value: true, used: b.length } : undefined), "the echo");
  raw.close();
});

test("the echo is not there unless it is asked for, and not off loopback", async () => {
  const other = await Server.start();
  expect((await ask(other, handshake(other))).status).toBe(404);
  await other.stop();
  await expect(Server.start({ flags: ["--debug-echo", "--listen", "0.0.0.0:0"] })).rejects.toThrow(/debug-echo/);
}, DEADLINE_MS * 3);
