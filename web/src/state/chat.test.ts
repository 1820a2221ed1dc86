import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryDrawer, type Drawer } from "../local/keep";
import { localNotes } from "../local/notes";
import { unreadOf } from "../model/client";
import type { OutboxItem } from "../model/outbox";
import { Api } from "../protocol/api";
import type { User } from "../protocol/generated";
import { FakeClock, settle } from "../testing/fake-clock";
import { FakeServer, Refusal } from "../testing/fake-server";
import { Chat } from "./chat.svelte";
import { RoomView } from "./room-view.svelte";

let clock: FakeClock;
let server: FakeServer;
let me: User;
let ann: User;
let room: ReturnType<FakeServer["addRoom"]>;
let drawer: Drawer<OutboxItem>;
let chats: Chat[];
let ids: number;

function makeChat(): Chat {
  const chat = new Chat(
    {
      api: new Api(server.fetch),
      clock,
      transports: [server.transport()],
      drawer,
      notes: localNotes(() => {
        throw new Error("forbidden");
      }),
      schedule: (run) => void clock.after(16, run),
      newId: () => `id${String(++ids)}`,
      onSignedOut: () => undefined,
    },
    me,
  );
  chats.push(chat);
  return chat;
}

async function live(): Promise<Chat> {
  const chat = makeChat();
  await chat.start();
  await clock.pass(100);
  expect(chat.link).toBe("live");
  return chat;
}

const texts = (): string[] => room.messages.map((m) => m.text);

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeServer(() => clock.now());
  me = server.addUser("me", "Me");
  ann = server.addUser("ann", "Ann");
  room = server.addRoom("group", [me, ann], "Room");
  server.signedIn = me.id;
  drawer = memoryDrawer();
  chats = [];
  ids = 0;
});

afterEach(() => {
  for (const chat of chats) chat.stop();
});

describe("outbox", () => {
  it("sends at once and lets the echo go when the room has the message", async () => {
    const chat = await live();
    chat.send(room.room.id, "hello");
    expect(chat.sending.items).toMatchObject([{ text: "hello", state: "pending" }]);
    await clock.pass(50);
    expect(texts()).toEqual(["hello"]);
    expect(chat.sending.items).toEqual([]);
    expect(await drawer.all()).toEqual([]);
  });

  it("keeps what is written offline and sends it in order when back", async () => {
    const chat = await live();
    server.down = true;
    server.cut();
    for (const text of ["one", "two", "three"]) chat.send(room.room.id, text);
    await clock.pass(5_000);
    expect(texts()).toEqual([]);
    expect(await drawer.all()).toHaveLength(3);
    server.down = false;
    await clock.pass(60_000);
    expect(texts()).toEqual(["one", "two", "three"]);
    expect(chat.sending.items).toEqual([]);
  });

  it("survives a reload, and does not send another person's", async () => {
    server.down = true;
    const before = makeChat();
    await before.start();
    before.send(room.room.id, "kept");
    await settle();
    before.stop();
    const [item] = await drawer.all();
    await drawer.put("other", { ...item!, client_id: "other", user: "somebody", text: "not mine" });
    server.down = false;
    const after = await live();
    await clock.pass(1_000);
    expect(texts()).toEqual(["kept"]);
    expect(after.sending.items).toEqual([]);
  });

  it("sends again with the same id when the reply was lost, and it is there once", async () => {
    const chat = await live();
    server.loseReplies = true;
    chat.send(room.room.id, "once");
    await clock.pass(0);
    server.cut();
    server.loseReplies = false;
    await clock.pass(5_000);
    expect(texts()).toEqual(["once"]);
    expect(chat.sending.items).toEqual([]);
    expect(chat.room(room.room.id)?.entry.last?.text).toBe("once");
  });

  it("shows a refusal, goes on with the rest, and sends again or discards when asked", async () => {
    const chat = await live();
    server.beforeCommand = (c) => {
      if (c.type === "send" && c.text === "bad") throw new Refusal("text_invalid", 422);
    };
    chat.send(room.room.id, "bad");
    chat.send(room.room.id, "good");
    await clock.pass(50);
    expect(texts()).toEqual(["good"]);
    expect(chat.sending.items).toMatchObject([{ text: "bad", state: "failed", failure: "text_invalid" }]);
    server.beforeCommand = () => undefined;
    chat.sending.retry(chat.sending.items[0]!);
    await clock.pass(50);
    expect(texts()).toEqual(["good", "bad"]);
    expect(chat.sending.items).toEqual([]);
  });

  it("keeps the order of a room while its first message has to wait, and lets other rooms go on", async () => {
    const other = server.addRoom("direct", [me, ann]);
    const chat = await live();
    let refusals = 1;
    server.beforeCommand = (c) => {
      if (c.type === "send" && c.text === "one" && refusals-- > 0) throw new Refusal("unavailable", 503);
    };
    for (const text of ["one", "two"]) chat.send(room.room.id, text);
    chat.send(other.room.id, "elsewhere");
    await clock.pass(100);
    expect(texts()).toEqual([]);
    expect(other.messages).toHaveLength(1);
    await clock.pass(20_000);
    expect(texts()).toEqual(["one", "two"]);
  });

  it("waits and tries again when the server can't take it right now", async () => {
    const chat = await live();
    let refusals = 2;
    server.beforeCommand = (c) => {
      if (c.type === "send" && refusals-- > 0) throw new Refusal("unavailable", 503);
    };
    chat.send(room.room.id, "patient");
    await clock.pass(100);
    expect(chat.sending.items).toMatchObject([{ state: "pending" }]);
    await clock.pass(20_000);
    expect(texts()).toEqual(["patient"]);
  });
});

describe("live state", () => {
  it("catches up by cursors after a break, without a second snapshot", async () => {
    const chat = await live();
    server.post(room, ann, "one");
    await clock.pass(50);
    server.cut();
    server.post(room, ann, "two");
    server.post(room, ann, "three");
    await clock.pass(2_000);
    const entry = chat.room(room.room.id)!.entry;
    expect(entry.room.head).toBe(3);
    expect(unreadOf(entry)).toBe(3);
    expect(chat.room(room.room.id)?.generation).toBe(1);
  });

  it("notices a hole in a sequence and comes back for it", async () => {
    const chat = await live();
    const socket = [...server.sockets][0]!;
    server.sockets.delete(socket);
    server.post(room, ann, "lost on the way");
    server.sockets.add(socket);
    server.post(room, ann, "after it");
    await clock.pass(2_000);
    expect(chat.room(room.room.id)?.entry.room.head).toBe(2);
  });

  it("notices silent loss by a beat", async () => {
    const chat = await live();
    const socket = [...server.sockets][0]!;
    server.sockets.delete(socket);
    server.post(room, ann, "lost on the way");
    socket.events.onFrame({ type: "beat", useq: 0, heads: { [room.room.id]: 1 } });
    await clock.pass(2_000);
    expect(chat.room(room.room.id)?.entry.last?.text).toBe("lost on the way");
  });

  it("takes everything anew when the epoch changed", async () => {
    const chat = await live();
    server.post(room, ann, "x");
    await clock.pass(50);
    server.epoch = "e2";
    server.cut();
    await clock.pass(2_000);
    expect(chat.client.epoch).toBe("e2");
    expect(chat.room(room.room.id)?.generation).toBe(2);
  });

  it("commits a burst of frames in one go", async () => {
    const chat = await live();
    const states = new Set<unknown>();
    for (let i = 0; i < 50; i++) {
      server.post(room, ann, String(i));
      states.add(chat.client);
    }
    expect(states.size).toBe(1);
    await clock.pass(20);
    expect(chat.room(room.room.id)?.entry.room.head).toBe(50);
  });

  it("tells what was read once it can, the newest only", async () => {
    const chat = await live();
    server.post(room, ann, "one");
    await clock.pass(20);
    server.cut();
    chat.attention.markRead(room.room.id);
    expect(unreadOf(chat.room(room.room.id)!.entry)).toBe(0);
    expect(room.members.get(me.id)?.read.seq).toBe(0);
    await clock.pass(3_000);
    expect(room.members.get(me.id)?.read.seq).toBe(1);
  });

  it("reads up to a line, and never back", async () => {
    const chat = await live();
    for (const text of ["one", "two", "three", "four"]) server.post(room, ann, text);
    await clock.pass(20);
    await chat.loadPage(room.room.id, { limit: 25 });
    const unread = (): number => unreadOf(chat.room(room.room.id)!.entry);
    chat.attention.markRead(room.room.id, 2);
    expect(unread()).toBe(2);
    chat.attention.markRead(room.room.id, 1);
    expect(unread()).toBe(2);
    chat.attention.markRead(room.room.id, 99);
    expect(unread()).toBe(2);
    await clock.pass(3_000);
    expect(room.members.get(me.id)?.read.seq).toBe(2);
    chat.attention.markRead(room.room.id);
    expect(unread()).toBe(0);
  });

  it("watches those one talks with", async () => {
    server.addRoom("direct", [me, ann]);
    server.presence.set(ann.id, { user: ann.id, state: "online" });
    const chat = await live();
    await clock.pass(50);
    expect(chat.client.presence.get(ann.id)?.state).toBe("online");
  });

  it("takes the name and picture of those it watches as they change", async () => {
    server.addRoom("direct", [me, ann]);
    const chat = await live();
    await clock.pass(50);
    server.become({ ...ann, display_name: "Ann the Second", avatar: "a1", rev: 1 });
    await clock.pass(50);
    expect(chat.client.users.get(ann.id)).toMatchObject({ display_name: "Ann the Second", avatar: "a1" });
    chat.learn([ann]); // an answer that was on its way
    expect(chat.nameOf(ann.id)).toBe("Ann the Second");
  });

  it("lets a status end by its time", async () => {
    server.addRoom("direct", [me, ann]);
    const chat = await live();
    await clock.pass(50);
    server.become({ ...ann, status_text: "Lunch", status_until: clock.now() + 5_000, rev: 1 });
    await clock.pass(50);
    expect(chat.client.users.get(ann.id)?.status_text).toBe("Lunch");
    await clock.pass(6_000);
    expect(chat.client.users.get(ann.id)?.status_text).toBeUndefined();
  });

  it("reads those anew who have changed while it was away", async () => {
    server.addRoom("direct", [me, ann]);
    const chat = await live();
    await clock.pass(50);
    server.cut();
    server.become({ ...ann, display_name: "Ann the Third", rev: 2 });
    await clock.pass(3_000);
    expect(chat.link).toBe("live");
    expect(chat.nameOf(ann.id)).toBe("Ann the Third");
  });

  it("watches who wrote what is open", async () => {
    server.post(room, ann, "one");
    server.presence.set(ann.id, { user: ann.id, state: "away" });
    const chat = await live();
    chat.openRoom = room.room.id;
    await new RoomView(chat, room.room.id, String).open();
    await clock.pass(50);
    expect(chat.client.presence.get(ann.id)?.state).toBe("away");
  });
});

describe("room view", () => {
  async function view(chat: Chat): Promise<RoomView> {
    const v = new RoomView(chat, room.room.id, (at) => String(Math.floor(at / 86_400_000)));
    await v.open();
    return v;
  }
  const shown = (v: RoomView): number[] => v.messages.map((m) => m.seq);

  beforeEach(() => {
    for (let i = 1; i <= 1_000; i++) server.post(room, ann, `line ${String(i)}`);
  });

  it("opens at the newest line when all is read", async () => {
    server.read(room, me, 1_000);
    const v = await view(await live());
    expect(shown(v).at(-1)).toBe(1_000);
    expect(v.following).toBe(true);
    expect(v.target).toEqual({ kind: "bottom", smooth: false });
  });

  it("shows nobody as a reader whom one has blocked, but in one's conversation with them", async () => {
    const readers = async (where: typeof room): Promise<string | undefined> => {
      server.post(where, me, "mine");
      const { seq } = where.messages.at(-1)!;
      server.read(where, me, seq);
      const chat = await live();
      const v = new RoomView(chat, where.room.id, () => "day");
      await v.open();
      server.read(where, ann, seq);
      await clock.pass(100);
      const row = v.rows.at(-1);
      return row?.kind === "message" ? `${row.seenBy} ${String(row.seen)}` : undefined;
    };
    expect(await readers(room)).toBe(`${ann.id} true`);
    server.block(me, ann);
    expect(await readers(room)).toBe(" false");
    expect(await readers(server.addRoom("direct", [me, ann], ""))).toBe(`${ann.id} true`);
  });

  it("opens at the first unread line when there are some, many or few", async () => {
    server.read(room, me, 400);
    const far = await view(await live());
    expect(far.following).toBe(false);
    expect(far.rows.some((r) => r.kind === "new")).toBe(true);
    server.read(room, me, 950);
    const near = await view(await live());
    expect(near.following).toBe(true);
    expect(near.rows.some((r) => r.kind === "new")).toBe(true);
  });

  it("scrolls to the first line and back with a bounded number of rows, missing none", async () => {
    server.read(room, me, 1_000);
    const v = await view(await live());
    const met = new Set<number>(shown(v));
    for (let i = 0; i < 60 && !v.beginning; i++) {
      await v.more("up");
      for (const s of shown(v)) met.add(s);
      expect(v.messages.length).toBeLessThanOrEqual(300);
    }
    expect(v.beginning).toBe(true);
    expect(met.size).toBe(1_000);
    for (let i = 0; i < 60 && !v.following; i++) await v.more("down");
    expect(v.following).toBe(true);
    expect(shown(v).at(-1)).toBe(1_000);
    expect(v.messages.length).toBeLessThanOrEqual(300);
  });

  it("jumps to the first line, to any line and to the latest", async () => {
    server.read(room, me, 1_000);
    const v = await view(await live());
    await v.jumpFirst();
    expect(shown(v)[0]).toBe(1);
    expect(v.beginning).toBe(true);
    await v.jumpTo(500);
    expect(shown(v)).toContain(500);
    expect(shown(v)).not.toContain(1);
    expect(v.highlight).toBe(500);
    await v.jumpLatest();
    expect(shown(v).at(-1)).toBe(1_000);
  });

  it("jumps to a whisper, however many stand at its place", async () => {
    const few = server.addRoom("group", [me, ann], "Few");
    for (const text of ["one", "two", "three"]) server.post(few, ann, text);
    server.edit(few, few.messages[0]!, "one!");
    const all = Array.from({ length: 700 }, (_, i) => server.whisper(few, ann, me, `psst ${String(i)}`));
    for (let i = 0; i < 100; i++) server.post(few, ann, "on");
    server.read(few, me, few.room.head);
    const chat = await live();
    const v = new RoomView(chat, few.room.id, () => "day");
    await v.open();
    for (const at of [5, 650, 699]) {
      const { id: whisper, place } = all[at]!;
      expect(await v.jumpTo(place, true, whisper)).toBe(true);
      expect(v.highlight).toBe(whisper);
      expect(v.target).toEqual({ kind: "message", at: whisper });
      // None is missing before it.
      expect(v.whispers.slice(0, at + 1).map((w) => w.text)).toEqual(all.slice(0, at + 1).map((w) => w.text));
    }
    expect(await v.jumpTo(all[0]!.place, true, "w0")).toBe(false);
    expect(v.highlight).toBeUndefined();
  });

  it("follows live lines at the bottom, and stays put in the past", async () => {
    server.read(room, me, 1_000);
    const chat = await live();
    const v = await view(chat);
    server.post(room, ann, "new");
    await clock.pass(20);
    expect(shown(v).at(-1)).toBe(1_001);
    await v.jumpTo(100);
    const before = shown(v);
    server.post(room, ann, "newer");
    await clock.pass(20);
    expect(shown(v)).toEqual(before);
    expect(v.unread).toBe(2);
  });

  describe("where the server can't answer", () => {
    let asked: number[];
    let why: Error | undefined;

    beforeEach(() => {
      asked = [];
      why = new Refusal("unavailable", 503);
      server.read(room, me, 1_000);
      server.beforeRequest = (at) => {
        if (!at.endsWith("/messages")) return;
        asked.push(clock.now());
        if (why) throw why;
      };
    });

    it("says so, asks again later and later, and opens by itself", async () => {
      const start = clock.now();
      const v = await view(await live());
      expect([v.status, v.trying]).toEqual(["failed", true]);
      await clock.pass(60_000);
      expect(asked.map((at) => Math.round((at - start) / 1_000))).toEqual([0, 1, 3, 7, 15, 31]);
      why = undefined;
      await clock.pass(30_000);
      expect([v.status, shown(v).at(-1)]).toEqual(["ready", 1_000]);
      const n = asked.length;
      await clock.pass(300_000);
      expect(asked.length).toBe(n);
    });

    it("asks at once when the connection is back, and when one says so", async () => {
      why = new TypeError("network");
      const v = await view(await live());
      await clock.pass(20_000);
      const n = asked.length;
      why = undefined;
      v.onLive();
      await clock.pass(0);
      expect([v.status, asked.length]).toEqual(["ready", n + 1]);
      why = new TypeError("network");
      const other = await view(await live());
      why = undefined;
      await other.retry();
      expect(other.status).toBe("ready");
    });

    it("goes where one wanted to go", async () => {
      const v = new RoomView(await live(), room.room.id, String);
      await v.open(300);
      why = undefined;
      await clock.pass(1_000);
      expect(v.status).toBe("ready");
      expect(shown(v)).toContain(300);
      expect(v.highlight).toBe(300);
    });

    it("does not ask again for what is refused for good, nor when nobody looks", async () => {
      why = new Refusal("forbidden", 403);
      const refused = await view(await live());
      expect([refused.status, refused.trying]).toEqual(["failed", false]);
      why = new Refusal("unavailable", 503);
      const left = await view(await live());
      left.close();
      const n = asked.length;
      await clock.pass(300_000);
      expect(asked.length).toBe(n);
    });

    it("says at the edge that more could not be had, and gets it by itself", async () => {
      why = undefined;
      const v = await view(await live());
      const first = shown(v)[0]!;
      why = new Refusal("unavailable", 503);
      await v.more("up");
      await v.more("up");
      expect(v.stuck).toBe("up");
      const n = asked.length;
      for (let i = 0; i < 50; i++) await v.more("up"); // one scrolls about
      expect(asked.length).toBe(n);
      why = undefined;
      await clock.pass(2_000);
      expect(v.stuck).toBeUndefined();
      expect(shown(v)[0]).toBeLessThan(first);
    });
  });

  it("says so when the timeline was thrown away and no other can be had, and gets it by itself", async () => {
    server.read(room, me, 1_000);
    const chat = await live();
    const v = await view(chat);
    server.epoch = "e2";
    server.cut();
    await clock.pass(5_000);
    server.beforeRequest = (at) => {
      if (at.endsWith("/messages")) throw new Refusal("unavailable", 503);
    };
    await v.reopenIfReset();
    expect([v.status, v.trying]).toEqual(["failed", true]);
    server.beforeRequest = () => undefined;
    await clock.pass(2_000);
    expect(v.status).toBe("ready");
    expect(shown(v).at(-1)).toBe(1_000);
  });

  it("begins anew at the same place when the timeline was thrown away", async () => {
    server.read(room, me, 1_000);
    const chat = await live();
    const v = await view(chat);
    await v.jumpTo(300);
    server.epoch = "e2";
    server.cut();
    await clock.pass(2_000);
    await v.reopenIfReset();
    expect(shown(v)).toContain(300);
  });
});
