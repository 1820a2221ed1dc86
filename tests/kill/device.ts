/* One device of a person: the real client's connection manager and reducer over a real socket, and an account of
 * everything that ought never to happen. */
import { Connection } from "../../web/src/net/connection";
import { systemClock } from "../../web/src/net/clock";
import type { Link, LinkEvents, Transport } from "../../web/src/net/transport";
import * as model from "../../web/src/model/client";
import { tail } from "../../web/src/model/timeline";
import type { ClientCommand, HelloCommand, Message, ServerFrame } from "../../web/src/protocol/generated";
import { call, type Person } from "../wire/harness/api";
import { Bell, must } from "../wire/harness/wait";
import { CLOSE, PING, PONG, TEXT, Ws, closeFrame, frame, inflated, parseFrame } from "../wire/harness/ws";

/** The client's transport, with a bearer token where the browser has its cookie. */
function overSocket(person: Person, deflate: boolean): Transport {
  return {
    name: "websocket",
    open(hello: HelloCommand, events: LinkEvents): Link {
      let ws: Ws | undefined;
      let over = false;
      const end = (): void => {
        if (over) return;
        over = true;
        events.onClosed();
      };
      Ws.open(person.server, { path: "/api/v1/socket", token: person.token, deflate }).then((opened) => {
        ws = opened;
        if (over) {
          ws.raw.close();
          return;
        }
        listen(ws, events, end);
        ws.send(frame(TEXT, JSON.stringify(hello)));
      }, end);
      return {
        duplex: true,
        send(command) {
          ws?.send(frame(TEXT, JSON.stringify(command)));
        },
        close() {
          over = true;
          ws?.raw.socket.end(closeFrame(1000));
        },
      };
    },
  };
}

function listen(ws: Ws, events: LinkEvents, end: () => void): void {
  let parts: Buffer = Buffer.from(ws.raw.waiting);
  const take = (): void => {
    for (let parsed = parseFrame(parts); parsed; parsed = parseFrame(parts)) {
      parts = parts.subarray(parsed.used);
      const { opcode, rsv, payload } = parsed.value;
      if (opcode === TEXT) events.onFrame(JSON.parse((rsv === 4 ? inflated(payload) : payload).toString()) as ServerFrame);
      else if (opcode === PING) ws.send(frame(PONG, payload));
      else if (opcode === CLOSE) end();
    }
  };
  ws.raw.socket.removeAllListeners("data");
  ws.raw.socket.on("data", (data: Buffer) => {
    parts = parts.length ? Buffer.concat([parts, data]) : data;
    take();
  });
  ws.raw.socket.on("end", end); // half open otherwise: a killed server's sockets end, they don't close
  ws.raw.socket.on("close", end);
  take();
}

/** A message as its sender knows it. */
export interface Sent {
  readonly client_id: string;
  readonly room: string;
  readonly text: string;
  acknowledged?: Message;
}

export class Device {
  readonly person: Person;
  readonly name: string;
  readonly wrong: string[] = [];
  readonly sent: Sent[] = [];
  /** What the server has confirmed of edits and deletions, per message id. */
  readonly edited = new Map<string, string>();
  readonly deleted = new Set<string>();
  client: model.ClientState;
  resumed = 0;
  anew = 0;
  resets = 0;
  frames = 0;
  #writes = false;
  readonly #connection: Connection;
  readonly #bell = new Bell();

  constructor(person: Person, name: string, deflate: boolean) {
    this.person = person;
    this.name = name;
    this.client = model.emptyClient(person.user);
    this.#connection = new Connection(systemClock, [overSocket(person, deflate)], () => Promise.reject(new Error("not used")), {
      cursors: () => (this.client.epoch === "" ? {} : model.cursorsOf(this.client)),
      onFrame: (f) => {
        this.#take(f);
      },
      onState: () => {
        this.#bell.ring();
      },
      probe: () => Promise.resolve("unreachable"),
      onSignedOut: () => {
        this.wrong.push("signed out");
      },
    });
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#writes = false;
    this.#connection.stop();
  }

  /** The server is back: no need to sit out the wait, nor that of a try which had begun while it was away. */
  async back(): Promise<void> {
    const nudging = setInterval(() => {
      this.#connection.nudge();
    }, 20);
    this.#connection.nudge();
    await this.live().finally(() => {
      clearInterval(nudging);
    });
  }

  /** Lose the connection and come back by cursors, without any fault of the server. */
  drop(): void {
    this.#connection.resume();
    this.#connection.nudge();
  }

  async live(): Promise<void> {
    await this.until(() => this.#connection.state === "live", "it is not live");
  }

  async until(ask: () => boolean, what: string, ms = 60_000): Promise<void> {
    await this.#bell.until(
      () => ask() || undefined,
      () => `${this.name}: ${what}; state ${this.#connection.state}`,
      ms,
    );
  }

  request(command: ClientCommand): Promise<unknown> {
    return this.#connection.request(command);
  }

  /** Loads the newest page of a room, as opening it does: from here on its timeline is kept whole. */
  async openRoom(room: string): Promise<void> {
    this.client = model.applyPage(this.client, await this.person.page(room, "?limit=200"), {});
  }

  head(room: string): number {
    return must(this.client.rooms.get(room)).entry.room.head;
  }

  lines(room: string): readonly Message[] {
    const state = must(this.client.rooms.get(room), `room ${room} at ${this.name}`);
    return must(tail(state.timeline, state.entry.room.head), `tail of ${room} at ${this.name}`).messages;
  }

  // ------------------------------------------------------------------------------------------------ writing

  /** Writes into the rooms in turn until `stopWriting`, several under way at a time, and each until it is acknowledged:
   * after an accident the same ones again, in their order, as the outbox does. Or gives up then, and never learns. */
  async write(rooms: readonly string[], window: number, prefix: string, givesUp: boolean): Promise<void> {
    this.#writes = true;
    const waiting: Sent[] = [];
    for (let n = 0; this.#writes || waiting.length > 0; ) {
      while (this.#writes && waiting.length < window) {
        const item = { client_id: `${prefix}-${String(n)}`, room: rooms[n % rooms.length]!, text: `${prefix} ${String(n)} ${"x".repeat(n % 400)}` };
        n++;
        waiting.push(item);
        this.sent.push(item);
      }
      const answers = await Promise.allSettled(
        waiting.map((item) => this.request({ type: "send", room: item.room, client_id: item.client_id, text: item.text })),
      );
      for (const [i, answer] of answers.entries()) {
        if (answer.status === "fulfilled") this.#acknowledge(waiting[i]!, answer.value as Message);
      }
      const left = waiting.filter((_, i) => answers[i]!.status === "rejected");
      const lost = left.length > 0;
      waiting.splice(0, waiting.length, ...left);
      if (!lost) await this.#change(n);
      else if (givesUp) return;
      else await this.live();
    }
  }

  stopWriting(): void {
    this.#writes = false;
  }

  #acknowledge(item: Sent, message: Message): void {
    if (message.text !== item.text || message.client_id !== item.client_id) this.wrong.push(`another's message: ${item.client_id}`);
    item.acknowledged = message;
  }

  /** Now and then an edit or a deletion of something that stands. */
  async #change(n: number): Promise<void> {
    const target = this.sent.at(-1 - (n % 7))?.acknowledged;
    if (!target || n % 5 > 1 || this.deleted.has(target.id)) return;
    const about = { room: target.room, message: target.id };
    const text = `edited ${String(n)}`;
    try {
      if (n % 5 === 0) {
        await this.request({ type: "edit", ...about, text });
        this.edited.set(target.id, text);
      } else {
        await this.request({ type: "delete", ...about });
        this.deleted.add(target.id);
      }
    } catch {
      // Perhaps done, perhaps not: nothing was promised. A later promise about the same message still counts.
      this.edited.delete(target.id);
    }
  }

  // ------------------------------------------------------------------------------------------------ reading

  #take(f: ServerFrame): void {
    this.frames++;
    if (f.type === "ready") {
      if (f.resumed) this.resumed++;
      else this.anew++;
    }
    if (f.type === "reset") this.resets++;
    const verdict = model.judge(this.client, f);
    if (verdict !== "next") this.wrong.push(`${verdict}: ${JSON.stringify(f).slice(0, 120)}`);
    if (verdict === "next") this.client = model.apply(this.client, f, Date.now());
    this.#bell.ring();
  }
}

export async function serverEntry(person: Person, room: string): Promise<unknown> {
  return (await call(person.server, "GET", `/rooms/${room}/entry`, { token: person.token })).body;
}
