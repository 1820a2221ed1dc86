import { expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock";
import { Again } from "./again";

it("tries later and later, and from the start once it went well", async () => {
  const clock = new FakeClock();
  const again = new Again(clock);
  const times: number[] = [];
  const start = clock.now();
  const run = (): void => {
    times.push((clock.now() - start) / 1_000);
    again.later(run);
  };
  again.later(run);
  await clock.pass(100_000);
  expect(times).toEqual([1, 3, 7, 15, 31, 61, 91]);
  again.done();
  await clock.pass(100_000);
  expect(times.length).toBe(7);
  again.later(run);
  await clock.pass(1_000);
  expect(times.length).toBe(8);
});

it("spreads over half of the time", async () => {
  const clock = new FakeClock();
  clock.chance = 0;
  const again = new Again(clock);
  let ran = 0;
  again.later(() => ran++);
  await clock.pass(499);
  expect(ran).toBe(0);
  await clock.pass(1);
  expect(ran).toBe(1);
});

it("goes at once when nudged, but not in a loop with a connection that comes and goes", async () => {
  const clock = new FakeClock();
  const again = new Again(clock);
  let ran = 0;
  const run = (): void => {
    ran++;
    again.later(run);
  };
  again.nudge(); // nothing waits
  again.later(run);
  await clock.pass(600);
  again.nudge();
  await clock.pass(0);
  expect(ran).toBe(1);
  for (let i = 0; i < 100; i++) {
    again.nudge();
    await clock.pass(10);
  }
  expect(ran).toBeLessThanOrEqual(3);
  again.stop();
  const before = ran;
  await clock.pass(60_000);
  expect(ran).toBe(before);
});
