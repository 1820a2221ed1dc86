/* Server-Sent Events by fetch: EventSource would reconnect by itself, with a stale `hello`. */
import type { Fetch } from "../protocol/api";
import type { ServerFrame } from "../protocol/generated";
import { helloQuery, type Link, type Transport } from "./transport";

/** Takes text in any pieces; calls back with the data of each whole event (WHATWG HTML, 9.2.6). */
export class EventParser {
  #rest = "";
  #data: string[] = [];
  readonly #onData: (data: string) => void;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  push(piece: string): void {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === "") {
      if (this.#data.length > 0) this.#onData(this.#data.join("\n"));
      this.#data = [];
    } else if (line.startsWith("data:")) {
      this.#data.push(line.slice(line[5] === " " ? 6 : 5));
    }
  }
}

export function sseTransport(fetch: Fetch, url: string): Transport {
  return {
    name: "sse",
    open(hello, events): Link {
      const abort = new AbortController();
      let closed = false;
      const parser = new EventParser((data) => {
        if (!closed) events.onFrame(JSON.parse(data) as ServerFrame);
      });
      const read = async (): Promise<void> => {
        const response = await fetch(`${url}?hello=${helloQuery(hello)}`, {
          headers: { Accept: "text/event-stream" },
          credentials: "same-origin",
          cache: "no-store",
          signal: abort.signal,
        });
        if (!response.ok || !response.body) throw new Error(String(response.status));
        const reader = response.body.pipeThrough(new TextDecoderStream() as never).getReader();
        for (;;) {
          const { done, value } = (await reader.read()) as ReadableStreamReadResult<string>;
          if (done) return;
          parser.push(value);
        }
      };
      const end = (): void => {
        if (closed) return;
        closed = true;
        events.onClosed();
      };
      read().then(end, end);
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
