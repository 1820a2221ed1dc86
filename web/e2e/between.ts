/* What stands between people and the server in some places: a proxy that refuses what its rule says, by the head of a request. */
import { connect, createServer } from "node:net";

export const SOCKETS = /upgrade: *websocket/i;
export const SOCKETS_AND_STREAMS = /upgrade: *websocket|\/api\/v1\/events/i;

export interface Between {
  readonly base: string;
  /** First lines of requests. */
  readonly refused: readonly string[];
  readonly passed: readonly string[];
  /** From now on nothing is refused. */
  open(): void;
  close(): Promise<void>;
}

export function between(port: number, refuse: RegExp): Promise<Between> {
  const refused: string[] = [];
  const passed: string[] = [];
  let refuses = true;
  const listener = createServer((client) => {
    let head = "";
    const read = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", read);
      const line = head.split("\r\n", 1)[0] ?? "";
      if (refuses && refuse.test(head)) {
        refused.push(line);
        client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
      }
      passed.push(line);
      const upstream = connect(port, "127.0.0.1");
      upstream.on("error", () => client.destroy());
      // One request a connection, so that every head is looked at. Written before the rest is let through: a body may come of its own.
      upstream.write(head.replace(/\r\n/, "\r\nconnection: close\r\n"), "latin1");
      client.pipe(upstream).pipe(client);
    };
    client.on("data", read);
    client.on("error", () => client.destroy());
  });
  return new Promise((resolve) => {
    listener.listen(0, "127.0.0.1", () => {
      const address = listener.address();
      resolve({
        base: `http://127.0.0.1:${String(typeof address === "object" && address ? address.port : 0)}`,
        refused,
        passed,
        open: () => { refuses = false; },
        close: () => new Promise((done) => listener.close(() => { done(); })),
      });
    });
  });
}
