/* What each of the five predecessors was for, walked by two people in each of the three engines, on a desk and on a phone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { DESK, PHONE } from "./chromium";
import { chromium } from "./engines/chromium";
import { firefox } from "./engines/firefox";
import { Someone } from "./engines/someone";
import type { Engine, Size } from "./engines/tab";
import { webkit } from "./engines/webkit";
import type { Scene } from "./stories/scene";
import { threads, threadsByKeyboard } from "./stories/threads";

type Story = (scene: Scene) => Promise<void>;
const STORIES: readonly (readonly [string, Story])[] = [
  ["phoenixChat: people pick one another and talk, and nothing is lost on who is away", threads],
];

for (const [name, start] of [
  ["Chromium", chromium],
  ["Firefox", firefox],
  ["WebKit", webkit],
] as const) {
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(async () => {
      await engine.close();
    });

    const play = async (size: Size, story: Story): Promise<void> => {
      const server = await Server.start();
      const base = `http://${server.host}`;
      const [mara, jonas] = await Promise.all([Someone.at(engine, base, "mara", size), Someone.at(engine, base, "jonas", size)]);
      try {
        await story({ server, mara, jonas, engine, size });
        for (const one of [mara, jonas]) expect(await one.tab.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth;")).toBe(0);
      } finally {
        await mara.close();
        await jonas.close();
        await server.stop();
      }
    };

    for (const [device, size] of [
      ["a desk", DESK],
      ["a phone", PHONE],
    ] as const) {
      test.for(STORIES)(`on ${device}: %s`, ([, story]) => play(size, story));
    }
    test("by keyboard alone: people pick one another and talk", () => play(DESK, threadsByKeyboard));
  });
}
