/* What one writes otherwise than to all, and new texts of what was said, as they are kept and sent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryDrawer, type Drawer } from "../local/keep";
import type { Notes } from "../local/notes";
import type { OutboxItem } from "../model/outbox";
import { Api } from "../protocol/api";
import type { Message, User } from "../protocol/generated";
import { FakeClock } from "../testing/fake-clock";
import { FakeServer, Refusal } from "../testing/fake-server";
import { Chat } from "./chat.svelte";
import { RoomView } from "./room-view.svelte";

let clock: FakeClock;
let server: FakeServer;
let me: User;
let ann: User;
let bob: User;
let room: ReturnType<FakeServer["addRoom"]>;
let id: string;
let drawer: Drawer<OutboxItem>;
let notes: Notes;
let chats: Chat[];

async function device(): Promise<Chat> {
  let n = 0;
  const chat = new Chat(
    {
      api: new Api(server.fetch),
      clock,
      transports: [server.transport()],
      drawer,
      notes,
      schedule: (run) => void clock.after(16, run),
      newId: () => `${String(chats.length)}-${String(++n)}`,
      onSignedOut: () => undefined,
    },
    me,
  );
  chats.push(chat);
  await chat.start();
  await clock.pass(100);
  return chat;
}

async function opened(chat: Chat): Promise<RoomView> {
  const view = new RoomView(chat, id, () => "day");
  await view.open();
  await clock.pass(100);
  return view;
}

function away(on: boolean): void {
  server.down = on;
  if (on) server.cut();
}

async function back(chat: Chat): Promise<void> {
  away(false);
  chat.nudge();
  await clock.pass(2_000);
}

const texts = (): string[] => room.messages.map((m) => m.text);
const drafted = (): string | undefined => room.members.get(me.id)?.draft?.text;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeServer(() => clock.now());
  me = server.addUser("me", "Me");
  ann = server.addUser("ann", "Ann");
  bob = server.addUser("bob", "Bob");
  room = server.addRoom("group", [me, ann, bob], "Room");
  id = room.room.id;
  server.signedIn = me.id;
  drawer = memoryDrawer();
  const kept = new Map<string, string>();
  notes = {
    get: (key) => kept.get(key),
    set: (key, value) => void (value === undefined ? kept.delete(key) : kept.set(key, value)),
  };
  chats = [];
});

afterEach(() => {
  for (const chat of chats) chat.stop();
});

describe("a whisper that is being written", () => {
  it("leaves the draft alone, and is none: on no other device, whether it is left or sent", async () => {
    const [desk, phone] = [await device(), await device()];
    const view = await opened(desk);
    desk.drafts.write(id, "for all");
    await clock.pass(2_000);
    view.whisper(ann);
    expect(view.aside?.text).toBe("");
    desk.asides.write(id, "for Ann");
    await clock.pass(10_000);
    expect(drafted()).toBe("for all");
    view.leave();
    expect(view.aside).toBeUndefined();
    await clock.pass(10_000);
    expect(phone.drafts.of(id)?.text).toBe("for all");
    expect(desk.drafts.of(id)?.text).toBe("for all");
    view.whisper(bob);
    expect(view.aside?.text).toBe("");
    view.whisper(ann);
    expect(view.aside?.text).toBe("for Ann");
    view.send("for Ann");
    expect(desk.sending.items).toMatchObject([{ text: "for Ann", to: ann.id }]);
    expect(view.aside).toMatchObject({ text: "", aside: { to: ann } });
    await clock.pass(10_000);
    expect(drafted()).toBe("for all");
  });

  it("is still one after the page was gone, until one signs out", async () => {
    const view = await opened(await device());
    view.whisper(ann);
    chats[0]!.asides.write(id, "for Ann");
    chats[0]!.stop();
    const again = await device();
    expect(again.asides.now(id)).toMatchObject({ text: "for Ann", aside: { to: { id: ann.id } } });
    again.asides.forget();
    expect(again.asides.now(id)).toBeUndefined();
    expect(notes.get(`asides.${me.id}`)).toBeUndefined();
  });

  it("has the field no more when one comes back to it or reloads, and nothing is written in it", async () => {
    const desk = await device();
    const view = await opened(desk);
    view.whisper(bob);
    desk.asides.write(id, "for Bob");
    view.whisper(ann);
    view.send("for Ann");
    await clock.pass(2_000);
    expect(view.aside).toMatchObject({ text: "", aside: { to: ann } });
    desk.stop();
    const again = await opened(await device());
    expect(again.aside).toBeUndefined();
    again.whisper(bob);
    expect(again.aside?.text).toBe("for Bob");
    const back = await opened(chats.at(-1)!);
    expect(back.aside).toMatchObject({ text: "for Bob", aside: { to: bob } });
    back.whisper(ann);
    await back.open();
    expect(back.aside).toMatchObject({ text: "", aside: { to: ann } });
    expect((await opened(chats.at(-1)!)).aside).toBeUndefined();
  });

  it("of which nothing was written leaves no trace", async () => {
    const view = await opened(await device());
    view.whisper(ann);
    view.leave();
    expect(notes.get(`asides.${me.id}`)).toBeUndefined();
  });
});

describe("a change of what one said", () => {
  let said: Message;
  let chat: Chat;
  let view: RoomView;

  beforeEach(async () => {
    said = server.post(room, me, "one");
    chat = await device();
    view = await opened(chat);
  });

  it("that is half made waits in its room, and is gone when it is given up", async () => {
    view.edit(said);
    expect(view.aside?.text).toBe("one");
    chat.asides.write(id, "two");
    const again = await opened(await device());
    expect(again.aside?.text).toBe("two");
    view.reply(server.post(room, ann, "hm"));
    expect(view.aside).toBeUndefined();
    view.edit(said);
    expect(view.aside?.text).toBe("two");
    view.leave();
    view.edit(said);
    expect(view.aside?.text).toBe("one");
  });

  it("shows at once, waits without a network, outlives the page, and is made once", async () => {
    away(true);
    view.edit(said);
    view.send("two");
    expect(view.aside).toBeUndefined();
    expect(view.changeOf(said)).toMatchObject({ text: "two", state: "pending" });
    expect(view.pending).toEqual([]);
    await clock.pass(5_000);
    chat.stop();
    const again = await device();
    expect((await opened(again)).changeOf(said)?.text).toBe("two");
    await back(again);
    expect(texts()).toEqual(["two"]);
    expect(again.sending.items).toEqual([]);
    expect(await drawer.all()).toEqual([]);
    expect(server.commands.filter((c) => c.type === "edit")).toHaveLength(1);
  });

  it("can be taken back until it goes", async () => {
    away(true);
    view.edit(said);
    view.send("two");
    chat.sending.discard(view.changeOf(said)!);
    expect(view.changeOf(said)).toBeUndefined();
    await back(chat);
    expect(texts()).toEqual(["one"]);
  });

  it("takes the place of one that has not gone; back to what stands there, nothing goes", async () => {
    away(true);
    for (const text of ["two", "three"]) {
      view.edit(said);
      view.send(text);
    }
    expect(chat.sending.items).toMatchObject([{ text: "three" }]);
    view.edit(said);
    expect(view.aside?.text).toBe("three");
    view.send("one");
    expect(chat.sending.items).toEqual([]);
  });

  it("after another one that is under way goes after it, even back to what stood there", async () => {
    view.edit(said);
    view.send("two");
    view.edit(said);
    view.send("one");
    await clock.pass(1_000);
    expect(texts()).toEqual(["one"]);
    expect(server.commands.filter((c) => c.type === "edit")).toHaveLength(2);
    expect(chat.sending.items).toEqual([]);
  });

  it("whose answer was lost is done when it stands there", async () => {
    server.loseReplies = true;
    view.edit(said);
    view.send("two");
    await clock.pass(100);
    expect(texts()).toEqual(["two"]);
    expect(chat.sending.items).toEqual([]);
  });

  it("that is refused stays with its failure; of what is gone, it goes too", async () => {
    server.beforeCommand = (command) => {
      if (command.type === "edit") throw new Refusal("text_too_long", 422);
    };
    view.edit(said);
    view.send("far too long");
    await clock.pass(100);
    expect(view.changeOf(said)).toMatchObject({ state: "failed", failure: "text_too_long" });
    server.delete(room, said);
    await clock.pass(100);
    expect(chat.sending.items).toEqual([]);
  });
});

describe("what was read out", () => {
  it("is silent again once it is deleted", async () => {
    const chat = await device();
    chat.openRoom = id;
    const said = server.post(room, ann, "a secret");
    await clock.pass(100);
    expect(chat.arrival?.message.text).toBe("a secret");
    server.delete(room, said);
    await clock.pass(100);
    expect(chat.arrival).toBeUndefined();
  });
});
