/* Long poll: the way that passes every proxy. The first request opens a connection, later ones wait on it. */
import type { Fetch } from "../protocol/api";
import type { ServerFrame } from "../protocol/generated";
import { helloQuery, type Link, type Transport } from "./transport";

export function pollTransport(fetch: Fetch, url: string): Transport {
  return {
    name: "poll",
    open(hello, events): Link {
      const abort = new AbortController();
      let closed = false;
      let connection: string | undefined;
      const ask = async (query: string): Promise<void> => {
        const response = await fetch(`${url}?${query}`, {
          credentials: "same-origin",
          cache: "no-store",
          signal: abort.signal,
        });
        if (!response.ok) throw new Error(String(response.status));
        const frames = (await response.json()) as ServerFrame[];
        for (const frame of frames) {
          if (closed) return;
          if (frame.type === "ready") connection = frame.connection;
          events.onFrame(frame);
        }
      };
      const loop = async (): Promise<void> => {
        await ask(`hello=${helloQuery(hello)}`);
        while (!closed && connection !== undefined) await ask(`connection=${encodeURIComponent(connection)}`);
      };
      const end = (): void => {
        if (closed) return;
        closed = true;
        events.onClosed();
      };
      loop().then(end, end);
      return {
        duplex: false,
        send: () => undefined,
        close() {
          closed = true;
          abort.abort();
        },
      };
    },
  };
}
