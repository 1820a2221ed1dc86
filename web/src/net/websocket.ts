import type { ServerFrame } from "../protocol/generated";
import type { Link, Transport } from "./transport";

export function webSocketTransport(url: string): Transport {
  return {
    name: "websocket",
    open(hello, events): Link {
      const socket = new WebSocket(url);
      let closed = false;
      const end = (): void => {
        if (closed) return;
        closed = true;
        events.onClosed();
      };
      /** The other end may have begun to close it, also before the page hears that it is open; browsers complain then. */
      const put = (command: object): void => {
        if (!closed && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
      };
      socket.onopen = () => {
        put(hello);
      };
      socket.onmessage = (event: MessageEvent<string>) => {
        if (!closed) events.onFrame(JSON.parse(event.data) as ServerFrame);
      };
      socket.onclose = end;
      socket.onerror = end;
      return {
        duplex: true,
        send: put,
        close() {
          closed = true;
          socket.close(1000);
        },
      };
    },
  };
}
