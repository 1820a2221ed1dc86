/* Reactions, pins, stars, and messages deleted for oneself: over HTTP and by command, live and after coming back. */
import { describe, expect, test } from "vitest";
import type { ClientCommand, Message, Page, Pinned, Problem, Reacted, Starred } from "../../web/src/protocol/generated";
import { Live } from "./harness/live";
import { ann, bob, eve, withThree } from "./harness/three";

withThree();

let rooms = 0;
const make = async (): Promise<string> => (await ann.group(`Marks ${String(++rooms)}`, bob)).room.id;
const about = (m: Message, rest = ""): string => `/rooms/${m.room}/messages/${m.id}${rest}`;
const query = (emoji: string): string => `/reactions?emoji=${encodeURIComponent(emoji)}`;

describe("reactions", () => {
  test("reach everybody live, by whatever way they came, and stand in pages", async () => {
    const room = await make();
    const line = await ann.send(room, "worth a word");
    const live = await Live.open(bob);
    await ann.do("PUT", about(line, "/reactions"), { emoji: "❤" });
    expect(await live.next("reaction")).toMatchObject({ room, target: line.seq, actor: ann.user.id, emoji: "❤️", on: true });
    await live.command({ type: "react", room, message: line.id, emoji: "❤️" });
    expect(await live.next("reaction")).toMatchObject({ actor: bob.user.id, on: true });
    await bob.do("POST", "/commands", { type: "react", room, message: line.id, emoji: "🎉" });
    await live.next("reaction");
    expect((await bob.do<Message>("GET", about(line))).reactions).toEqual([
      { emoji: "❤️", count: 2, mine: true },
      { emoji: "🎉", count: 1, mine: true },
    ]);
    await ann.do("DELETE", about(line, query("❤️")));
    await ann.do("DELETE", about(line, query("❤️")));
    expect(await live.next("reaction")).toMatchObject({ actor: ann.user.id, emoji: "❤️", on: false });
    const page = await ann.do<Page>("GET", `/rooms/${room}/messages`);
    expect(page.messages.at(-1)?.reactions).toEqual([
      { emoji: "❤️", count: 1 },
      { emoji: "🎉", count: 1 },
    ]);
    expect(page.head).toBe(line.seq + 4); // what changed nothing has no number
    const who = await ann.do<{ items: Reacted[] }>("GET", about(line, query("❤️")));
    expect(who.items.map((r) => r.user.name)).toEqual(["bob"]);
    live.close();
  });

  test.each([
    [{ emoji: "x" }, 422, "emoji_invalid"],
    [{ emoji: "👍👍" }, 422, "emoji_invalid"],
    [{ emoji: "a\u0000" }, 422, "emoji_invalid"],
    [{ emoji: "👍".repeat(20) }, 422, "emoji_invalid"],
    [{ emoji: 7 }, 400, "field_invalid"],
    [{}, 400, "field_missing"],
  ])("refuse %j and change nothing", async (body, status, code) => {
    const room = await make();
    const line = await ann.send(room, "x");
    const answer = await ann.ask("PUT", about(line, "/reactions"), body);
    expect([answer.status, (answer.body as Problem).code]).toEqual([status, code]);
    expect((await ann.page(room)).head).toBe(line.seq);
  });

  test("a query without an emoji, or with a wrong one, is told so", async () => {
    const line = await ann.send(await make(), "x");
    for (const [path, status] of [["/reactions", 400], ["/reactions?emoji=x", 422], ["/reactions?emoji=%ff", 400]] as const) {
      expect((await ann.ask("GET", about(line, path))).status).toBe(status);
      expect((await ann.ask("DELETE", about(line, path))).status).toBe(status);
    }
  });
});

test("strangers find nothing, on any path", async () => {
  const room = await make();
  const line = await ann.send(room, "hush");
  const live = await Live.open(eve);
  const tries: [string, string, unknown?][] = [
    ["GET", about(line, query("👍"))],
    ["PUT", about(line, "/reactions"), { emoji: "👍" }],
    ["DELETE", about(line, query("👍"))],
    ["PUT", about(line, "/pin")],
    ["DELETE", about(line, "/pin")],
    ["GET", `/rooms/${room}/pins`],
    ["PUT", about(line, "/star")],
    ["DELETE", about(line, "/star")],
    ["PUT", about(line, "/hidden")],
    ["GET", about(line, "/edits")],
  ];
  for (const [method, path, body] of tries) expect((await eve.ask(method, path, body)).status).toBe(404);
  for (const type of ["react", "pin", "star", "hide"])
    await expect(live.command({ type, room, message: line.id, emoji: "👍" } as ClientCommand)).rejects.toMatchObject({ problem: { status: 404 } });
  live.close();
});

test("pins are the admins', counted in the room, and gone with their message", async () => {
  const room = await make();
  const [one, two] = [await bob.send(room, "one"), await bob.send(room, "two")];
  expect((await bob.ask("PUT", about(one, "/pin"))).status).toBe(403);
  const live = await Live.open(bob);
  await ann.do("PUT", about(one, "/pin"));
  expect(await live.next("pin")).toMatchObject({ room, target: one.seq, on: true, pins: 1 });
  await ann.do("PUT", about(two, "/pin"));
  expect(await live.next("pin")).toMatchObject({ pins: 2 });
  const pins = await bob.do<{ items: Pinned[] }>("GET", `/rooms/${room}/pins`);
  expect(pins.items.map((p) => [p.message.text, p.user.name, p.by.name])).toEqual([
    ["two", "bob", "ann"],
    ["one", "bob", "ann"],
  ]);
  await bob.do("DELETE", about(two));
  expect(await live.next("delete")).toMatchObject({ pins: 1 });
  await ann.do("DELETE", about(one, "/pin"));
  expect(await live.next("pin")).toMatchObject({ on: false, pins: 0 });
  live.close();
});

test("stars and what is deleted for oneself reach one's own devices, and nobody else", async () => {
  const room = await make();
  const [one, two] = [await ann.send(room, "one"), await ann.send(room, "two")];
  const mine = await Live.open(bob), other = await Live.open(ann);
  await bob.do("PUT", about(one, "/star"));
  expect(await mine.next("star")).toMatchObject({ room, seq: one.seq, on: true });
  const stars = await bob.do<{ items: Starred[] }>("GET", "/me/stars");
  expect(stars.items[0]?.message).toMatchObject({ text: "one", starred: true });
  await bob.do("PUT", about(two, "/hidden"));
  expect(await mine.next("hidden")).toMatchObject({ room, seq: two.seq, last: { seq: one.seq, text: "one" } });
  const seen = await bob.do<Message>("GET", about(two));
  expect(seen).toMatchObject({ hidden: true, text: "" });
  expect((await bob.ask("GET", about(two, "/edits"))).status).toBe(404);
  expect((await ann.do<Message>("GET", about(two))).text).toBe("two");
  // Ann's next frame is what follows: nothing came to her before.
  const heard = other.of("star", room).length + other.of("hidden", room).length;
  await bob.send(room, "three");
  await other.next("message");
  expect(heard).toBe(0);
  mine.close();
  other.close();
});

test("who was away gets it all on coming back", async () => {
  const room = await make();
  const live = await Live.open(bob);
  const before = await ann.send(room, "known");
  await live.next("message");
  const { cursors } = live;
  live.close();
  const late = await ann.send(room, "new");
  await ann.do("PUT", about(before, "/reactions"), { emoji: "👍" });
  await ann.do("PUT", about(late, "/reactions"), { emoji: "🎉" });
  await ann.do("PUT", about(before, "/pin"));
  await bob.do("PUT", about(late, "/star"));
  await bob.do("PUT", about(before, "/hidden"));
  const back = await Live.open(bob, "ws", { cursors });
  expect(back.of("message", room).map((f) => f.message.starred)).toEqual([true]);
  expect(back.of("reaction", room).map((f) => [f.target, f.emoji])).toEqual([
    [before.seq, "👍"],
    [late.seq, "🎉"],
  ]);
  expect(back.of("pin", room).map((f) => f.pins)).toEqual([1]);
  expect(back.frames.filter((f) => f.type === "hidden")).toHaveLength(1);
  back.close();
});
