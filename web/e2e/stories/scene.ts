/* Where a story plays: a new server, and two people in browsers of their own; the first to sign up owns the server. */
import type { Server } from "../../../tests/wire/harness/server";
import type { Someone } from "../engines/someone";

export interface Scene {
  readonly server: Server;
  readonly mara: Someone;
  readonly jonas: Someone;
}
