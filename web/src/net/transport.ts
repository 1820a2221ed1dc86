/* A way to the server. The same frames come over each of them; the connection manager knows only this. */
import type { ClientCommand, HelloCommand, ServerFrame } from "../protocol/generated";

export interface LinkEvents {
  onFrame(frame: ServerFrame): void;
  /** The last call about a link, exactly once, unless it was closed from here. */
  onClosed(): void;
}

export interface Link {
  /** True if commands go along the link itself; else they go by HTTP with the connection's name. */
  readonly duplex: boolean;
  send(command: ClientCommand): void;
  close(): void;
}

export interface Transport {
  readonly name: "websocket" | "sse" | "poll";
  open(hello: HelloCommand, events: LinkEvents): Link;
}

/** Cursors travel in a query here; one that no server would take goes without them, and everything comes anew. */
const LONGEST_HELLO = 6_000;

export function helloQuery(hello: HelloCommand): string {
  const full = encodeURIComponent(JSON.stringify(hello));
  return full.length <= LONGEST_HELLO ? full : encodeURIComponent(JSON.stringify({ type: "hello" }));
}
