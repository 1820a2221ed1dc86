import { beforeEach, describe, expect, it } from "vitest";
import type { ClientCommand, HelloCommand, ServerFrame, User } from "../protocol/generated";
import { FakeClock, settle } from "../testing/fake-clock";
import { Connection, type ConnectionState } from "./connection";
import { EventParser } from "./sse";
import { helloQuery, type LinkEvents, type Transport } from "./transport";

const me: User = { id: "u", name: "u", display_name: "U", kind: "person", role: "member" };
const ready: ServerFrame = {
  type: "ready",
  epoch: "e",
  connection: "c7",
  me,
  useq: 0,
  resumed: false,
  heartbeat_ms: 10_000,
};

interface Opened {
  transport: string;
  hello: HelloCommand;
  events: LinkEvents;
  sent: ClientCommand[];
  closed: boolean;
}

let clock: FakeClock;
let opened: Opened[];
let states: ConnectionState[];
let frames: ServerFrame[];
let posted: [ClientCommand, string][];
let probe: "ok" | "signed_out" | "unreachable";
let signedOut: number;
let cursors: Record<string, unknown>;

function transport(name: Transport["name"]): Transport {
  return {
    name,
    open(hello, events) {
      const one: Opened = { transport: name, hello, events, sent: [], closed: false };
      opened.push(one);
      return {
        duplex: name === "websocket",
        send: (c) => one.sent.push(c),
        close: () => (one.closed = true),
      };
    },
  };
}

function make(): Connection {
  return new Connection(
    clock,
    [transport("websocket"), transport("sse"), transport("poll")],
    (command, name) => {
      posted.push([command, name]);
      return Promise.resolve("posted");
    },
    {
      cursors: () => cursors,
      onFrame: (f) => frames.push(f),
      onState: (s) => states.push(s),
      probe: () => Promise.resolve(probe),
      onSignedOut: () => signedOut++,
    },
  );
}

const last = (): Opened => opened.at(-1)!;

function goLive(): void {
  last().events.onFrame(ready);
  last().events.onFrame({ type: "synced" });
}

beforeEach(() => {
  clock = new FakeClock();
  opened = [];
  states = [];
  frames = [];
  posted = [];
  probe = "ok";
  signedOut = 0;
  cursors = {};
});

/** The open link fails, and the next one is opened. */
async function failAndReopen(): Promise<void> {
  const n = opened.length;
  last().events.onClosed();
  while (opened.length === n) await clock.pass(100);
}

describe("connection", () => {
  it("becomes live by ready and synced", () => {
    make().start();
    goLive();
    expect(states).toEqual(["connecting", "syncing", "live"]);
    expect(opened[0]?.hello).toEqual({ type: "hello" });
  });

  it("comes back with the cursors of that moment", async () => {
    make().start();
    goLive();
    cursors = { epoch: "e", useq: 3, rooms: { r: 9 } };
    last().events.onClosed();
    await clock.pass(500);
    expect(opened).toHaveLength(2);
    expect(last().hello).toEqual({ type: "hello", epoch: "e", useq: 3, rooms: { r: 9 } });
  });

  it("waits longer after each failure, up to a bound, and not at all when nudged", async () => {
    probe = "unreachable";
    const c = make();
    c.start();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      last().events.onClosed();
      const from = clock.now();
      const n = opened.length;
      while (opened.length === n) await clock.pass(250);
      waits.push(clock.now() - from);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    last().events.onClosed();
    const n = opened.length;
    c.nudge();
    expect(opened).toHaveLength(n + 1);
  });

  it("takes silence of twice the heartbeat for death", async () => {
    make().start();
    goLive();
    await clock.pass(19_000);
    last().events.onFrame({ type: "beat", useq: 0, heads: {} });
    await clock.pass(19_000);
    expect(last().closed).toBe(false);
    await clock.pass(1_000);
    expect(opened[0]?.closed).toBe(true);
  });

  it("gives up an opening that takes too long", async () => {
    make().start();
    await clock.pass(10_000);
    expect(opened[0]?.closed).toBe(true);
    expect(states.at(-1)).toBe("waiting");
  });

  it("ignores frames of a link that it has left", async () => {
    make().start();
    goLive();
    const old = last();
    old.events.onClosed();
    await clock.pass(500);
    const n = frames.length;
    old.events.onFrame({ type: "synced" });
    expect(frames).toHaveLength(n);
  });

  it("settles requests by reply and error, and rejects all when it breaks", async () => {
    const c = make();
    c.start();
    goLive();
    const [a, b, d] = [1, 2, 3].map(() => c.request({ type: "ping" }));
    expect(last().sent.map((s) => s.id)).toEqual(["1", "2", "3"]);
    last().events.onFrame({ type: "reply", id: "1", result: 42 });
    last().events.onFrame({
      type: "error",
      id: "2",
      problem: { type: "", title: "no", status: 403, code: "forbidden" },
    });
    await expect(a).resolves.toBe(42);
    await expect(b).rejects.toMatchObject({ code: "forbidden" });
    last().events.onClosed();
    await expect(d).rejects.toMatchObject({ code: "network" });
    await expect(c.request({ type: "ping" })).rejects.toMatchObject({ code: "network" });
  });

  it("reconnects on resync, and when told that something was lost", async () => {
    const c = make();
    c.start();
    goLive();
    last().events.onFrame({ type: "resync", reason: "slow" });
    await clock.pass(500);
    expect(opened).toHaveLength(2);
    goLive();
    c.resume();
    await clock.pass(500);
    expect(opened).toHaveLength(3);
  });

  it("goes down to SSE and to long poll when these can be opened only, and climbs back", async () => {
    make().start();
    const used: string[] = [];
    for (let i = 0; i < 5; i++) {
      used.push(last().transport);
      await failAndReopen();
    }
    used.push(last().transport);
    expect(used).toEqual(["websocket", "websocket", "websocket", "sse", "sse", "poll"]);
    goLive();
    for (let i = 0; i < 40 && last().transport === "poll"; i++) {
      await clock.pass(9_000);
      if (last().transport === "poll") last().events.onFrame({ type: "beat", useq: 0, heads: {} });
    }
    expect(last().transport).toBe("websocket");
    // It still can't be opened: one failure leads back down.
    await failAndReopen();
    expect(last().transport).toBe("sse");
  });

  it("stays with the socket while nothing at all can be reached", async () => {
    probe = "unreachable";
    make().start();
    for (let i = 0; i < 8; i++) await failAndReopen();
    expect(new Set(opened.map((o) => o.transport))).toEqual(new Set(["websocket"]));
  });

  it("sends commands by HTTP where the link is one way", async () => {
    const c = make();
    c.start();
    for (let i = 0; i < 3; i++) await failAndReopen();
    expect(last().transport).toBe("sse");
    goLive();
    await expect(c.request({ type: "ping" })).resolves.toBe("posted");
    expect(posted).toEqual([[{ type: "ping" }, "c7"]]);
  });

  it("says when the session is gone", async () => {
    probe = "signed_out";
    make().start();
    last().events.onClosed();
    await settle();
    expect(signedOut).toBe(1);
  });

  it("does nothing more once stopped", async () => {
    const c = make();
    c.start();
    goLive();
    c.stop();
    await clock.pass(100_000);
    expect(opened).toHaveLength(1);
    expect(c.state).toBe("idle");
  });
});

describe("event stream", () => {
  const stream = ': hello\r\nevent: x\ndata: {"a":1}\n\ndata: two\ndata:lines\r\n\r\ndata: cut';

  it("gives the data of whole events, wherever the pieces are cut", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const got: string[] = [];
      const parser = new EventParser((d) => got.push(d));
      parser.push(stream.slice(0, cut));
      parser.push(stream.slice(cut));
      expect(got).toEqual(['{"a":1}', "two\nlines"]);
    }
  });

  it("comes byte by byte", () => {
    const got: string[] = [];
    const parser = new EventParser((d) => got.push(d));
    for (const c of stream) parser.push(c);
    expect(got).toEqual(['{"a":1}', "two\nlines"]);
  });
});

describe("hello in a query", () => {
  it("goes without cursors when they would be too long for one", () => {
    const rooms = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`room${String(i)}`, i]));
    expect(decodeURIComponent(helloQuery({ type: "hello", epoch: "e", rooms }))).toBe('{"type":"hello"}');
    expect(decodeURIComponent(helloQuery({ type: "hello", epoch: "e" }))).toContain('"epoch"');
  });
});
