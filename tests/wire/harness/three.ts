/* A server, and three people on it: ann came first and owns it. */
import { afterAll, beforeAll } from "vitest";
import { Person } from "./api";
import { Server } from "./server";

export let server: Server;
export let ann: Person, bob: Person, eve: Person;

/** Around the tests of a file. */
export function withThree(...flags: string[]): void {
  beforeAll(async () => {
    server = await Server.start({ flags: ["--heartbeat", "1s", ...flags] });
    ann = await Person.signUp(server, "ann");
    bob = await Person.signUp(server, "bob");
    eve = await Person.signUp(server, "eve");
  });
  afterAll(async () => {
    await server.stop();
  });
}
