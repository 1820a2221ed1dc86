/* What the parts of a chat (sending, marks, attention) stand on: the state, and the line to the server. */
import type { Drawer } from "../local/keep";
import type { Notes } from "../local/notes";
import type { ClientState } from "../model/client";
import type { OutboxItem } from "../model/outbox";
import type { Clock } from "../net/clock";
import type { ConnectionState } from "../net/connection";
import type { Transport } from "../net/transport";
import type { Api } from "../protocol/api";
import type { ClientCommand, User } from "../protocol/generated";

export interface ChatParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly transports: readonly Transport[];
  readonly drawer: Drawer<OutboxItem>;
  readonly notes: Notes;
  /** What outlives a reload of this page, and nothing else. */
  readonly tab?: Notes;
  /** Runs once at the next drawing, or soon if nothing is drawn. */
  readonly schedule: (run: () => void) => void;
  readonly newId: () => string;
  readonly onSignedOut: () => void;
  /** The connection turns out to be somebody else's. */
  readonly onStranger?: () => void;
}

export interface Ground {
  readonly parts: ChatParts;
  client: ClientState;
  readonly me: User;
  readonly link: ConnectionState;
  /** The room that is on the screen. */
  readonly openRoom: string | undefined;
  /** Apply what has come and waits to be drawn. */
  flush(): void;
  /** Ask the server; answers with its result, or fails with its problem. */
  request(command: ClientCommand): Promise<unknown>;
  /** Say it if there is a connection; nobody waits for an answer. */
  tell(command: ClientCommand): void;
}
