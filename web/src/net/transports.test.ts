import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Fetch } from "../protocol/api";
import type { HelloCommand, ServerFrame } from "../protocol/generated";
import { pollTransport } from "./poll";
import { sseTransport } from "./sse";
import type { Link, Transport } from "./transport";
import { webSocketTransport } from "./websocket";

const HELLO: HelloCommand = { type: "hello", epoch: "e", useq: 7 };
const READY = { type: "ready", connection: "c 7" } as ServerFrame;
const BEAT: ServerFrame = { type: "beat", useq: 7, heads: {} };

let frames: ServerFrame[];
let closed: number;

beforeEach(() => {
  frames = [];
  closed = 0;
});

function open(transport: Transport): Link {
  return transport.open(HELLO, { onFrame: (frame) => frames.push(frame), onClosed: () => closed++ });
}

/** A server that answers when it is told to. */
class Answers {
  readonly asked: {
    readonly url: URL;
    readonly signal: AbortSignal;
    readonly answer: (response: Response) => void;
  }[] = [];

  readonly fetch: Fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const signal = init!.signal!;
      signal.addEventListener("abort", () => {
        reject(new DOMException("aborted", "AbortError"));
      });
      this.asked.push({ url: new URL(input, "http://c.test"), signal, answer: resolve });
    });

  /** The nth request, from 0, when it has been made. */
  nth(n: number): Promise<Answers["asked"][number]> {
    return vi.waitFor(() => {
      const asked = this.asked[n];
      if (!asked) throw new Error(`there are ${String(this.asked.length)} requests`);
      return asked;
    });
  }
}

const json = (body: unknown): Response => Response.json(body);

describe("long poll", () => {
  it("says hello first and waits on the connection that it was given afterwards", async () => {
    const answers = new Answers();
    open(pollTransport(answers.fetch, "/poll"));
    const first = await answers.nth(0);
    expect(JSON.parse(first.url.searchParams.get("hello")!)).toEqual(HELLO);
    first.answer(json([READY, BEAT]));
    const second = await answers.nth(1);
    expect(Object.fromEntries(second.url.searchParams)).toEqual({ connection: "c 7" });
    expect(frames).toEqual([READY, BEAT]);
    second.answer(json([]));
    expect(Object.fromEntries((await answers.nth(2)).url.searchParams)).toEqual({ connection: "c 7" });
    expect(closed).toBe(0);
  });

  it.each([
    ["a refusal", new Response("", { status: 404 })],
    ["what is no JSON", new Response("<html>")],
    ["an answer that opens no connection", json([])],
  ])("is closed by %s, once", async (_, response) => {
    const answers = new Answers();
    open(pollTransport(answers.fetch, "/poll"));
    (await answers.nth(0)).answer(response);
    await expect.poll(() => closed).toBe(1);
    expect(answers.asked).toHaveLength(1);
  });

  it("hears and says nothing more once it was closed from here", async () => {
    const answers = new Answers();
    const link: Link = pollTransport(answers.fetch, "/poll").open(HELLO, {
      onFrame: (frame) => {
        frames.push(frame);
        link.close();
      },
      onClosed: () => closed++,
    });
    const first = await answers.nth(0);
    first.answer(json([READY, BEAT]));
    await vi.waitFor(() => {
      expect(first.signal.aborted).toBe(true);
    });
    await new Promise(setImmediate);
    expect([frames, closed, answers.asked.length]).toEqual([[READY], 0, 1]);
  });
});

describe("server-sent events", () => {
  /** A stream to which the test writes, as the answer to the nth request. */
  async function stream(answers: Answers): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const pipe = new TransformStream<Uint8Array, Uint8Array>();
    (await answers.nth(0)).answer(new Response(pipe.readable));
    return pipe.writable.getWriter();
  }
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("gives each frame as it comes, also where a letter is cut in two", async () => {
    const answers = new Answers();
    open(sseTransport(answers.fetch, "/events"));
    expect(JSON.parse((await answers.nth(0)).url.searchParams.get("hello")!)).toEqual(HELLO);
    const writer = await stream(answers);
    const resync = { type: "resync", reason: "é" } as unknown as ServerFrame;
    const sent = bytes(`data: ${JSON.stringify(READY)}\n\ndata: ${JSON.stringify(resync)}\n\n`);
    const cut = sent.indexOf(0xc3) + 1;
    await writer.write(sent.slice(0, cut));
    await expect.poll(() => frames).toEqual([READY]);
    await writer.write(sent.slice(cut));
    await expect.poll(() => frames).toEqual([READY, resync]);
    expect(closed).toBe(0);
    await writer.close();
    await expect.poll(() => closed).toBe(1);
  });

  it("is closed by a refusal, by what is no frame, and by a stream that breaks", async () => {
    const refused = new Answers();
    open(sseTransport(refused.fetch, "/events"));
    (await refused.nth(0)).answer(new Response("", { status: 401 }));
    await expect.poll(() => closed).toBe(1);

    const odd = new Answers();
    open(sseTransport(odd.fetch, "/events"));
    const oddly = await stream(odd);
    void oddly.write(bytes("data: <html>\n\n")).catch(() => undefined);
    await expect.poll(() => closed).toBe(2);

    const broken = new Answers();
    open(sseTransport(broken.fetch, "/events"));
    const writer = await stream(broken);
    void writer.abort(new Error("cut")).catch(() => undefined);
    await expect.poll(() => closed).toBe(3);
    expect(frames).toEqual([]);
  });

  it("hears and says nothing more once it was closed from here", async () => {
    const answers = new Answers();
    const link: Link = sseTransport(answers.fetch, "/events").open(HELLO, {
      onFrame: (frame) => {
        frames.push(frame);
        link.close();
      },
      onClosed: () => closed++,
    });
    const writer = await stream(answers);
    const two = `data: ${JSON.stringify(READY)}\n\ndata: ${JSON.stringify(BEAT)}\n\n`;
    await writer.write(bytes(two));
    await writer.close();
    await expect.poll(() => frames).toEqual([READY]);
    await new Promise(setImmediate);
    expect([frames, closed, answers.asked[0]?.signal.aborted]).toEqual([[READY], 0, true]);
  });
});

describe("WebSocket", () => {
  class FakeSocket {
    static readonly OPEN = 1;
    static made: FakeSocket[] = [];
    readonly sent: unknown[] = [];
    readyState = 0;
    code: number | undefined;
    onopen: () => void = () => undefined;
    onmessage: (event: { data: string }) => void = () => undefined;
    onclose: () => void = () => undefined;
    onerror: () => void = () => undefined;
    constructor(readonly url: string) {
      FakeSocket.made.push(this);
    }
    send(text: string): void {
      this.sent.push(JSON.parse(text));
    }
    close(code: number): void {
      this.code = code;
      this.readyState = 3;
    }
    opens(): void {
      this.readyState = FakeSocket.OPEN;
      this.onopen();
    }
  }

  beforeEach(() => {
    FakeSocket.made = [];
    vi.stubGlobal("WebSocket", FakeSocket);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  function opened(): { link: Link; socket: FakeSocket } {
    const link = open(webSocketTransport("ws://c.test/socket"));
    return { link, socket: FakeSocket.made[0]! };
  }

  it("says hello when it is open, then sends and hears both ways", () => {
    const { link, socket } = opened();
    link.send({ type: "ping" });
    expect([socket.url, socket.sent]).toEqual(["ws://c.test/socket", []]);
    socket.opens();
    link.send({ type: "ping" });
    socket.onmessage({ data: JSON.stringify(READY) });
    expect([socket.sent, frames, link.duplex]).toEqual([[HELLO, { type: "ping" }], [READY], true]);
  });

  it("tells of its end once, though both an error and a close are told", () => {
    const { link, socket } = opened();
    socket.opens();
    socket.onerror();
    socket.onclose();
    socket.onmessage({ data: JSON.stringify(BEAT) });
    link.send({ type: "ping" });
    expect([closed, frames, socket.sent]).toEqual([1, [], [HELLO]]);
  });

  it("sends nothing to a socket that the other end has begun to close", () => {
    const { link, socket } = opened();
    socket.readyState = 2;
    socket.onopen();
    link.send({ type: "ping" });
    expect(socket.sent).toEqual([]);
  });

  it("hears and says nothing more once it was closed from here", () => {
    const { link, socket } = opened();
    socket.opens();
    link.close();
    socket.onmessage({ data: JSON.stringify(BEAT) });
    socket.onclose();
    expect([socket.code, frames, closed]).toEqual([1000, [], 0]);
  });
});
