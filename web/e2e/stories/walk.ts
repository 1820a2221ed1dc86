/* What each of the five predecessors was for, walked by two people in one of the engines, on a desk and on a phone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../../tests/wire/harness/server";
import { between, type Between, SOCKETS, SOCKETS_AND_STREAMS } from "../between";
import { DESK, PHONE } from "../chromium";
import { Someone } from "../engines/someone";
import type { Engine, Size } from "../engines/tab";
import type { Scene } from "./scene";
import { privateChat } from "./private";
import { rooms } from "./rooms";
import { search } from "./search";
import { passing, team } from "./team";
import { threads, threadsByKeyboard } from "./threads";

/** Panes scroll; the page does not, to no side. */
const OVERHANG = "const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement; return [scrollWidth - clientWidth, scrollHeight - clientHeight];";

type Story = (scene: Scene) => Promise<void>;
const STORIES: readonly (readonly [string, Story])[] = [
  ["Private Chat: two write to each other, live, with unread and read marks, and delete what they wrote", privateChat],
  ["ChatApp: signing up and in, a room and its latest lines, posts over HTTP, and an administrator", rooms],
  ["Channels chat: a group, and one box that finds what one may see", search],
  ["phoenixChat: people pick one another and talk, and nothing is lost on who is away", threads],
  ["Dialog: a group is made, followed into by a link, run and deleted", team],
  ["Dialog: a profile with a picture, and a room that passes", passing],
];

/** All of the stories in an engine, one of them where WebSockets are blocked, too. */
export function walk(name: string, start: () => Promise<Engine>): void {
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(async () => {
      await engine.close();
    });

    /** Two people play; each finds the server by a door of their own where there are doors. */
    const play = async (story: Story, size: Size, doors: readonly RegExp[] = []): Promise<Between[]> => {
      const server = await Server.start();
      const ways = await Promise.all(doors.map((refuse) => between(server.port, refuse)));
      const come = (name: string, i: number) => Someone.at(engine, ways[i]?.base ?? `http://${server.host}`, name, size);
      const [mara, jonas] = await Promise.all([come("mara", 0), come("jonas", 1)]);
      try {
        await story({ server, mara, jonas });
        for (const one of [mara, jonas]) expect(await one.tab.run(OVERHANG)).toEqual([0, 0]);
      } finally {
        await mara.close();
        await jonas.close();
        for (const way of ways) await way.close();
        await server.stop();
      }
      return ways;
    };

    for (const [device, size] of [
      ["a desk", DESK],
      ["a phone", PHONE],
    ] as const) {
      test.for(STORIES)(`on ${device}: %s`, async ([, story]) => void (await play(story, size)));
    }
    test("by keyboard alone: people pick one another and talk", async () => void (await play(threadsByKeyboard, DESK)));
    test("Private Chat where WebSockets are blocked, and for one of the two event streams as well", async () => {
      const [streams, polls] = await play(privateChat, DESK, [SOCKETS, SOCKETS_AND_STREAMS]);
      expect(streams?.refused).not.toEqual([]);
      expect(streams?.passed).toContainEqual(expect.stringContaining("/api/v1/events"));
      expect(polls?.passed).toContainEqual(expect.stringContaining("/api/v1/poll"));
    });
  });
}
