/* Calling people by name: live, after coming back, in the list of what one was called in. */
import { describe, expect, test } from "vitest";
import type { Mentioned, Message, Page, RoomEntry } from "../../web/src/protocol/generated";
import type { Person } from "./harness/api";
import { Live } from "./harness/live";
import { ann, bob, eve, withThree } from "./harness/three";

withThree();

let rooms = 0;
const make = async (): Promise<string> => (await ann.group(`Calls ${String(++rooms)}`, bob)).room.id;
const entry = (who: Person, room: string): Promise<RoomEntry> => who.do<RoomEntry>("GET", `/rooms/${room}/entry`);
const listed = async (who: Person, query = ""): Promise<{ items: Mentioned[]; next?: string }> => who.do("GET", `/me/mentions${query}`);

describe("a mention", () => {
  test("is told live with the message, stands in pages, and marks the room until it is read", async () => {
    const room = await make();
    const live = await Live.open(bob);
    const sent = await ann.send(room, "Dear @Bob, see `@eve`");
    expect(sent.mentions).toEqual([{ name: "bob", user: bob.user.id }]);
    expect(await live.next("message")).toMatchObject({ message: { id: sent.id, mentions: sent.mentions } });
    expect((await bob.do<Page>("GET", `/rooms/${room}/messages`)).messages.at(-1)).toMatchObject({ mentions: sent.mentions });
    expect((await entry(bob, room)).mentioned).toEqual([{ seq: sent.seq, author: ann.user.id }]);
    expect((await entry(ann, room)).mentioned).toBeUndefined();
    await bob.do("PUT", `/rooms/${room}/read`, { seq: sent.seq });
    expect((await entry(bob, room)).mentioned).toBeUndefined();
    expect((await listed(bob)).items.map((m) => m.message.id)).toContain(sent.id);
    live.close();
  });

  test("follows the text through edits, also for who was away, and goes with it", async () => {
    const room = await make();
    const sent = await ann.send(room, "anyone?");
    const live = await Live.open(bob);
    const cursors = { epoch: live.ready.epoch, useq: live.ready.useq, rooms: { [room]: sent.seq } };
    await ann.do("PATCH", `/rooms/${room}/messages/${sent.id}`, { text: "@bob?" });
    expect(await live.next("edit")).toMatchObject({ target: sent.seq, mentions: [{ name: "bob", user: bob.user.id }] });
    live.close();
    const back = await Live.open(bob, "ws", { cursors });
    expect(back.frames.find((f) => f.type === "edit")).toMatchObject({ text: "@bob?", mentions: [{ name: "bob", user: bob.user.id }] });
    back.close();
    expect((await listed(bob)).items[0]).toMatchObject({ message: { id: sent.id }, user: { name: "ann" } });
    await ann.do("DELETE", `/rooms/${room}/messages/${sent.id}`);
    expect((await listed(bob)).items.map((m) => m.message.id)).not.toContain(sent.id);
    expect((await bob.do<Message>("GET", `/rooms/${room}/messages/${sent.id}`)).mentions).toBeUndefined();
  });

  test("of everyone calls the members and nobody else", async () => {
    const room = await make();
    const sent = await ann.send(room, "@everyone and @eve");
    expect(sent.mentions).toEqual([{ name: "everyone" }, { name: "eve", user: eve.user.id }]);
    expect((await listed(bob)).items[0]?.message.id).toBe(sent.id);
    expect((await listed(ann)).items).toEqual([]);
    // She can't tell that there is such a room.
    expect((await listed(eve)).items).toEqual([]);
    expect((await eve.ask("GET", `/rooms/${room}/messages/${sent.id}`)).status).toBe(404);
  });

  test("list comes by pages, and refuses cursors of other lists", async () => {
    const room = await make();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await ann.send(room, `@bob ${String(i)}`)).id);
    const first = await listed(bob, "?limit=3");
    const rest = await listed(bob, `?limit=2&cursor=${first.next ?? ""}`);
    expect([...first.items, ...rest.items].map((m) => m.message.id)).toEqual(ids);
    const wrong = await bob.ask("GET", "/me/mentions?cursor=3");
    expect([wrong.status, wrong.body]).toMatchObject([400, { code: "cursor_invalid" }]);
  });
});
