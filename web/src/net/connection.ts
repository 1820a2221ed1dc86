/* Keeps one live connection to the server, whatever happens to the network.
 *
 *   idle -> connecting -> (ready) syncing -> (synced) live -> waiting -> connecting ...
 *
 * - Every connection begins with the cursors of what has been applied, asked for at that moment.
 * - Silence of twice the heartbeat is a dead connection, whatever the socket believes.
 * - After a failure it waits: 0.5 s doubled up to 30 s, each time a random part of it, so that ten thousand clients don't
 *   come back in one instant. A sign of life from outside (online, the page shown again) tries at once.
 * - If a transport can't be opened several times, the next simpler one is tried; the best one is tried again later. */
import type { ClientCommand, HelloCommand, ServerFrame } from "../protocol/generated";
import { ApiError } from "../protocol/problem";
import type { Clock } from "./clock";
import type { Link, Transport } from "./transport";

export type ConnectionState = "idle" | "connecting" | "syncing" | "live" | "waiting";

export interface ConnectionEvents {
  cursors(): Omit<HelloCommand, "type" | "id">;
  onFrame(frame: ServerFrame): void;
  onState(state: ConnectionState): void;
  /** May one still come in? Asked after a connection that never became ready. */
  probe(): Promise<"ok" | "signed_out" | "unreachable">;
  onSignedOut(): void;
}

export type PostCommand = (command: ClientCommand, connection: string) => Promise<unknown>;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const OPEN_MS = 10_000;
const TRIES_PER_TRANSPORT = 3;
const CLIMB_MS = 5 * 60_000;
const LOST = (): ApiError => new ApiError("network", 0);

export class Connection {
  readonly #clock: Clock;
  readonly #transports: readonly Transport[];
  readonly #events: ConnectionEvents;
  readonly #post: PostCommand;
  #state: ConnectionState = "idle";
  #link: Link | undefined;
  #name: string | undefined;
  #generation = 0;
  #failures = 0;
  #failuresHere = 0;
  #rung = 0;
  #heartbeat = 0;
  #nextId = 1;
  #cancelTimer: () => void = () => undefined;
  #cancelClimb: () => void = () => undefined;
  readonly #asked = new Map<
    string,
    { resolve: (result: unknown) => void; reject: (error: ApiError) => void }
  >();

  constructor(clock: Clock, transports: readonly Transport[], post: PostCommand, events: ConnectionEvents) {
    this.#clock = clock;
    this.#transports = transports;
    this.#post = post;
    this.#events = events;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get transport(): string {
    return this.#transports[this.#rung]!.name;
  }

  start(): void {
    if (this.#state === "idle") this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#cancelClimb();
    this.#failures = 0;
    this.#set("idle");
  }

  /** Something says that the network may be back: don't sit out the wait. */
  nudge(): void {
    if (this.#state === "waiting") this.#connect();
  }

  /** Something was lost on the way: come back with cursors. */
  resume(): void {
    if (this.#state === "idle" || this.#state === "waiting") return;
    this.#fail();
  }

  /** Resolves with the reply's result when the command is done and durable. */
  request(command: ClientCommand): Promise<unknown> {
    const link = this.#link;
    if (!link || this.#name === undefined || (this.#state !== "live" && this.#state !== "syncing")) {
      return Promise.reject(LOST());
    }
    if (!link.duplex) return this.#post(command, this.#name);
    const id = String(this.#nextId++);
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      link.send({ ...command, id });
    });
  }

  /** For what may be lost without harm. */
  tell(command: ClientCommand): void {
    if (this.#state !== "live" || !this.#link) return;
    if (this.#link.duplex) this.#link.send(command);
    else if (this.#name !== undefined) this.#post(command, this.#name).catch(() => undefined);
  }

  #connect(): void {
    this.#drop();
    this.#set("connecting");
    const generation = ++this.#generation;
    const mine = (): boolean => generation === this.#generation;
    this.#cancelTimer = this.#clock.after(OPEN_MS, () => {
      if (mine()) this.#fail();
    });
    const transport = this.#transports[this.#rung]!;
    this.#link = transport.open(
      { type: "hello", ...this.#events.cursors() },
      {
        onFrame: (frame) => {
          if (mine()) this.#onFrame(frame);
        },
        onClosed: () => {
          if (mine()) this.#fail();
        },
      },
    );
  }

  #onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case "ready":
        this.#name = frame.connection;
        this.#heartbeat = frame.heartbeat_ms;
        this.#failuresHere = 0;
        this.#planClimb();
        this.#events.onFrame(frame);
        this.#set("syncing");
        break;
      case "synced":
        this.#failures = 0;
        this.#events.onFrame(frame);
        this.#set("live");
        break;
      case "reply":
        this.#settle(frame.id)?.resolve(frame.result);
        break;
      case "error":
        if (frame.id !== undefined) this.#settle(frame.id)?.reject(ApiError.of(frame.problem));
        break;
      case "resync":
        this.#fail();
        return;
      default:
        this.#events.onFrame(frame);
    }
    if (this.#heartbeat > 0 && this.#link) this.#watchSilence();
  }

  #settle(id: string): { resolve: (result: unknown) => void; reject: (error: ApiError) => void } | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  #watchSilence(): void {
    this.#cancelTimer();
    const generation = this.#generation;
    this.#cancelTimer = this.#clock.after(this.#heartbeat * 2, () => {
      if (generation === this.#generation) this.#fail();
    });
  }

  #fail(): void {
    const wasReady = this.#name !== undefined;
    this.#drop();
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    this.#set("waiting");
    const generation = this.#generation;
    this.#cancelTimer = this.#clock.after(wait * (0.5 + this.#clock.random() / 2), () => {
      this.#connect();
    });
    if (wasReady) return;
    void this.#events.probe().then((answer) => {
      // Only when the server answers otherwise is it this way in that is barred, and not the network that is down.
      if (answer === "ok") this.#descend();
      if (answer === "signed_out" && generation === this.#generation) this.#events.onSignedOut();
    });
  }

  /** A transport that can't be opened several times gives way to the next; after the last comes the first again. */
  #descend(): void {
    this.#failuresHere++;
    if (this.#failuresHere < (this.#rung === 0 ? TRIES_PER_TRANSPORT : 2)) return;
    this.#failuresHere = 0;
    this.#rung = (this.#rung + 1) % this.#transports.length;
  }

  #planClimb(): void {
    this.#cancelClimb();
    if (this.#rung === 0) return;
    this.#cancelClimb = this.#clock.after(CLIMB_MS, () => {
      const before = this.#rung;
      this.#rung = 0;
      // One try only: the next failure leads back to what is known to work.
      this.#failuresHere = TRIES_PER_TRANSPORT - 1;
      this.#failures = 0;
      if (before !== 0) this.#connect();
    });
  }

  #drop(): void {
    this.#generation++;
    this.#cancelTimer();
    this.#link?.close();
    this.#link = undefined;
    this.#name = undefined;
    this.#heartbeat = 0;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(LOST());
  }

  #set(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.onState(state);
  }
}
