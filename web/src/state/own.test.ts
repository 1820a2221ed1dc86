/* What one sets for oneself in a room, as the client holds it: drafts, what is unread, what one is told of. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryDrawer } from "../local/keep";
import type { Notes } from "../local/notes";
import { unreadOf } from "../model/client";
import { keep, revive } from "../model/kept";
import { mentionedIn } from "../model/mentions";
import { unreadWhispers } from "../model/whispers";
import { saidIn } from "../model/news";
import type { ClientCommand, User } from "../protocol/generated";
import { Api } from "../protocol/api";
import { FakeClock, settle } from "../testing/fake-clock";
import { FakeServer } from "../testing/fake-server";
import { Chat } from "./chat.svelte";
import { Notifier, type Pages, type Screen, type Told } from "./notifier";
import { RoomView } from "./room-view.svelte";

let clock: FakeClock;
let server: FakeServer;
let me: User;
let ann: User;
let room: ReturnType<FakeServer["addRoom"]>;
let id: string;
let chats: Chat[];

/** What a device remembers. */
function memory(): Notes {
  const notes = new Map<string, string>();
  return {
    get: (key) => notes.get(key),
    set: (key, value) => void (value === undefined ? notes.delete(key) : notes.set(key, value)),
  };
}

async function device(notes = memory()): Promise<Chat> {
  let n = 0;
  const chat = new Chat(
    {
      api: new Api(server.fetch),
      clock,
      transports: [server.transport()],
      drawer: memoryDrawer(),
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

const drafted = (): string | undefined => room.members.get(me.id)?.draft?.text;
const told = (type: ClientCommand["type"]): number => server.commands.filter((c) => c.type === type).length;
const entry = (chat: Chat) => chat.room(id)!.entry;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeServer(() => clock.now());
  me = server.addUser("me", "Me");
  ann = server.addUser("ann", "Ann");
  room = server.addRoom("group", [me, ann], "Room");
  id = room.room.id;
  server.signedIn = me.id;
  chats = [];
});

afterEach(() => {
  for (const chat of chats) chat.stop();
});

describe("a draft", () => {
  it("goes to the other devices when the writing pauses, once", async () => {
    const [desk, phone] = [await device(), await device()];
    for (const text of ["h", "ha", "half"]) {
      desk.drafts.write(id, text);
      await clock.pass(300);
    }
    expect(told("draft")).toBe(0);
    await clock.pass(2_000);
    expect(told("draft")).toBe(1);
    expect(phone.drafts.of(id)?.text).toBe("half");
    expect(desk.drafts.of(id)?.text).toBe("half");
  });

  it("goes now and then while one writes on and on", async () => {
    const desk = await device();
    for (let i = 1; i <= 20; i++) {
      desk.drafts.write(id, "x".repeat(i));
      await clock.pass(500);
    }
    expect(told("draft")).toBeGreaterThanOrEqual(1);
    expect(told("draft")).toBeLessThan(4);
  });

  it("that is sent is gone everywhere", async () => {
    const [desk, phone] = [await device(), await device()];
    desk.drafts.write(id, "hello");
    await clock.pass(2_000);
    desk.send(id, "hello");
    desk.drafts.write(id, "");
    await clock.pass(100);
    expect(phone.drafts.of(id)).toBeUndefined();
    expect(drafted()).toBe("");
  });

  it("that nobody else has heard of goes without a word", async () => {
    const desk = await device();
    desk.drafts.write(id, "quick");
    desk.send(id, "quick");
    desk.drafts.write(id, "");
    await clock.pass(5_000);
    expect(told("draft")).toBe(0);
    expect(desk.drafts.of(id)).toBeUndefined();
  });

  it("outlives the page, and goes when there is a network again", async () => {
    const notes = memory();
    const before = await device(notes);
    server.down = true;
    server.cut();
    before.drafts.write(id, "on the train", 7);
    await clock.pass(2_000);
    before.stop();
    const after = await device(notes);
    expect(after.drafts.of(id)).toMatchObject({ text: "on the train", reply_to: 7 });
    server.down = false;
    after.nudge();
    await clock.pass(1_000);
    expect(drafted()).toBe("on the train");
    expect(notes.get(`drafts.${me.id}`)).toBeUndefined(); // the server has it
  });

  it("does not take the place of one that was written later elsewhere", async () => {
    const notes = memory();
    const phone = await device(notes);
    server.down = true;
    server.cut();
    phone.drafts.write(id, "older");
    await clock.pass(60_000);
    server.draft(room, me, "newer");
    server.down = false;
    phone.nudge();
    await clock.pass(1_000);
    expect(drafted()).toBe("newer");
    expect(phone.drafts.of(id)?.text).toBe("newer");
  });

  it("stays as one writes it while the echo of what one wrote before comes in", async () => {
    const desk = await device();
    desk.drafts.write(id, "one");
    await clock.pass(1_200); // told, and not answered yet
    desk.drafts.write(id, "one two");
    await clock.pass(50);
    expect(desk.drafts.of(id)?.text).toBe("one two");
    await clock.pass(2_000);
    expect(drafted()).toBe("one two");
  });

  it("leaves nothing behind when one signs out", async () => {
    const notes = memory();
    const desk = await device(notes);
    server.down = true;
    server.cut();
    desk.drafts.write(id, "secret");
    desk.drafts.forget();
    expect(notes.get(`drafts.${me.id}`)).toBeUndefined();
    expect(desk.drafts.of(id)).toBeUndefined();
  });
});

describe("reading", () => {
  beforeEach(() => {
    for (let n = 1; n <= 300; n++) server.post(room, ann, `line ${String(n)}`);
    server.read(room, me, 10);
  });
  const open = async (chat: Chat, at?: number): Promise<RoomView> => {
    const view = new RoomView(chat, id, () => "day");
    const opened = view.open(at);
    await clock.pass(100);
    await opened;
    return view;
  };

  it("goes on with what stands in view", async () => {
    const chat = await device();
    const view = await open(chat);
    view.seen(8, 25);
    expect(unreadOf(entry(chat))).toBe(275);
  });

  it("does not take what a jump leaps over for read, until one has been back there or at the end", async () => {
    const chat = await device();
    const view = await open(chat, 200);
    view.seen(190, 210);
    view.seen(180, 200);
    expect(unreadOf(entry(chat))).toBe(290);
    const back = view.jumpTo(11);
    await clock.pass(100);
    await back;
    view.seen(5, 20);
    view.seen(21, 40);
    expect(unreadOf(entry(chat))).toBe(260);
    const on = view.jumpTo(250);
    await clock.pass(100);
    await on;
    view.seen(240, 260);
    expect(unreadOf(entry(chat))).toBe(260);
    view.seen();
    expect(unreadOf(entry(chat))).toBe(0);
  });
});

describe("marking as unread", () => {
  beforeEach(() => {
    for (const text of ["one", "two", "three"]) server.post(room, ann, text);
    server.read(room, me, 3);
  });

  it("moves the marker back on every device, and the new line with it", async () => {
    const [desk, phone] = [await device(), await device()];
    await desk.attention.markUnread(id, 2);
    await clock.pass(100);
    for (const chat of [desk, phone]) expect(unreadOf(entry(chat))).toBe(2);
    const view = new RoomView(phone, id, () => "day");
    await view.open();
    expect(view.newAfter).toBe(1);
  });

  it("holds while the conversation is open, until it is opened again", async () => {
    const chat = await device();
    const view = new RoomView(chat, id, () => "day");
    await view.open();
    const mark = chat.attention.markUnread(id, 3);
    await clock.pass(100);
    await mark;
    view.noteRead();
    view.seen();
    expect(view.newAfter).toBe(2);
    expect(unreadOf(entry(chat))).toBe(1);
    const again = new RoomView(chat, id, () => "day");
    await again.open();
    again.noteRead();
    again.seen();
    expect(unreadOf(entry(chat))).toBe(0);
  });

  it("holds right after reading, which has not been told yet", async () => {
    const chat = await device();
    server.post(room, ann, "four");
    await clock.pass(100);
    chat.attention.markRead(id);
    const mark = chat.attention.markUnread(id, 2);
    await clock.pass(3_000);
    await mark;
    expect(unreadOf(entry(chat))).toBe(3);
    expect(room.members.get(me.id)?.read.ordinal).toBe(1);
  });

  it("is not undone by what another device had read before and not told yet", async () => {
    const phone = await device();
    server.post(room, ann, "four");
    await clock.pass(100);
    server.down = true;
    server.cut();
    phone.attention.markRead(id);
    await clock.pass(5_000);
    server.read(room, me, 4);
    server.unread(room, me, 2);
    server.down = false;
    phone.nudge();
    await clock.pass(3_000);
    expect(unreadOf(entry(phone))).toBe(3);
    expect(room.members.get(me.id)?.read.seq).toBe(1);
  });

  it("holds against one's own messages that come in behind it", async () => {
    const phone = await device();
    server.down = true;
    server.cut();
    const mine = server.post(room, me, "mine");
    server.unread(room, me, 1);
    server.down = false;
    phone.nudge();
    await clock.pass(1_000);
    expect(entry(phone).read).toEqual({ seq: 0, ordinal: 0, since: mine.seq });
    server.post(room, me, "and another");
    await clock.pass(100);
    expect(unreadOf(entry(phone))).toBe(0);
  });
});

describe("what is deleted before one has read it", () => {
  it("is unread no more, on every device, and leaves no mark when it was all there was", async () => {
    const desk = await device();
    const lines = ["one", "two", "three"].map((text) => server.post(room, ann, text));
    await clock.pass(100);
    expect(unreadOf(entry(desk))).toBe(3);
    server.delete(room, lines[1]!);
    await clock.pass(100);
    expect([unreadOf(entry(desk)), desk.unread, unreadOf(entry(await device()))]).toEqual([2, 2, 2]);
    for (const line of [lines[0]!, lines[2]!]) server.delete(room, line);
    await clock.pass(100);
    expect([unreadOf(entry(desk)), desk.unread, unreadOf(entry(await device()))]).toEqual([0, 0, 0]);
    server.post(room, ann, "four");
    await clock.pass(100);
    expect(unreadOf(entry(desk))).toBe(1);
    server.read(room, me, room.room.head);
    await clock.pass(100);
    expect(entry(desk).gone).toBeUndefined();
    server.unread(room, me, lines[2]!.seq);
    await clock.pass(100);
    expect([entry(desk).gone, unreadOf(entry(desk))]).toEqual([[lines[2]!.seq], 1]);
  });
});

describe("blocking", () => {
  it("holds on every device, at once and after coming back", async () => {
    const [desk, phone] = [await device(), await device()];
    const done = desk.block(ann.id, true);
    await clock.pass(100);
    await done;
    expect(phone.isBlocked(ann.id)).toBe(true);
    expect((await device()).isBlocked(ann.id)).toBe(true);
    server.block(me, ann, false);
    await clock.pass(100);
    expect(desk.isBlocked(ann.id)).toBe(false);
  });

  it("keeps their calls by name from marking, and lets them mark again", async () => {
    const [desk, phone] = [await device(), await device()];
    server.notify(room, me, "mentions");
    server.post(room, ann, "@me first");
    await clock.pass(100);
    const marks = (): number[] => [desk, phone].map((c) => mentionedIn(entry(c), c.client.blocked).length);
    expect([marks(), desk.unread]).toEqual([[1, 1], 1]);
    server.block(me, ann);
    server.post(room, ann, "@me second");
    await clock.pass(100);
    expect([marks(), desk.unread]).toEqual([[0, 0], 0]);
    expect((await device()).unread).toBe(0);
    server.block(me, ann, false);
    await clock.pass(100);
    expect([marks(), desk.unread]).toEqual([[2, 2], 2]);
  });

  it("keeps still about what they do", async () => {
    const chat = await device();
    chat.openRoom = id;
    server.block(me, ann);
    await clock.pass(100);
    server.typing(room, ann);
    server.post(room, ann, "hey");
    await clock.pass(100);
    expect(chat.room(id)?.typing).toEqual([]);
    expect(chat.arrival).toBeUndefined();
  });
});

describe("what was kept", () => {
  it("is shown until the server is heard, and then brought up to date by its cursors", async () => {
    server.post(room, ann, "one");
    const before = await device();
    await before.loadPage(id, {});
    const kept = structuredClone(keep(before.client, [id], clock.now()));
    before.stop();
    server.post(room, ann, "two");
    server.down = true;
    const chat = await device();
    chat.showKept({ state: revive(kept), at: kept.at, rooms: [id] });
    const view = new RoomView(chat, id, () => "day");
    await view.open();
    expect(view.messages.map((m) => m.text)).toEqual(["one"]);
    expect(chat.keptAt).toBe(kept.at);
    server.down = false;
    chat.nudge();
    await clock.pass(1_000);
    expect(chat.keptAt).toBeUndefined();
    expect(view.messages.map((m) => m.text)).toEqual(["one", "two"]);
  });

  it("has the whispers too, and those that one has missed come with one's cursors", async () => {
    server.post(room, ann, "one");
    server.whisper(room, ann, me, "psst");
    const before = await device();
    await before.loadPage(id, {});
    const kept = structuredClone(keep(before.client, [id], clock.now()));
    before.stop();
    server.whisper(room, ann, me, "still there?");
    server.down = true;
    const chat = await device();
    chat.showKept({ state: revive(kept), at: kept.at, rooms: [id] });
    const view = new RoomView(chat, id, () => "day");
    await view.open();
    expect(view.whispers.map((w) => w.text)).toEqual(["psst"]);
    server.down = false;
    chat.nudge();
    await clock.pass(1_000);
    expect(view.whispers.map((w) => w.text)).toEqual(["psst", "still there?"]);
    expect(unreadWhispers(entry(chat))).toBe(2);
  });

  it("is never brought up to date for somebody else", async () => {
    let strangers = 0;
    const before = await device();
    const kept = structuredClone(keep(before.client, [id], clock.now()));
    before.stop();
    server.down = true;
    const chat = await device();
    Object.assign(chat.parts, { onStranger: () => void strangers++ });
    chat.showKept({ state: revive(kept), at: kept.at, rooms: [id] });
    server.signedIn = ann.id;
    server.down = false;
    chat.nudge();
    await clock.pass(1_000);
    expect(strangers).toBeGreaterThan(0);
    expect(chat.client.me.id).toBe(me.id);
    expect(chat.keptAt).toBe(kept.at);
  });
});

describe("notifications", () => {
  /** The pages of one browser: the first that asks leads, until it is closed. */
  class Browser {
    readonly shown: { text: string; open: () => void; closed: boolean }[] = [];
    readonly opened: string[] = [];
    /** By pages that are gone. */
    left: Told[] = [];
    readonly #ears: ((word: unknown) => void)[] = [];
    readonly #waiting: (() => void)[] = [];

    async page(
      looking: () => string | undefined = () => undefined,
    ): Promise<{ chat: Chat; end: () => void }> {
      const chat = await device();
      const hear: ((word: unknown) => void)[] = [];
      const pages: Pages = {
        say: (word) => {
          for (const ear of this.#ears) if (!hear.includes(ear)) queueMicrotask(() => ear(word));
        },
        onWord: (ear) => {
          hear.push(ear);
          this.#ears.push(ear);
        },
        lead: (run) => {
          this.#waiting.push(run);
          if (this.#waiting.length === 1) run();
        },
      };
      const screen: Screen = {
        standing: () => Promise.resolve(this.left),
        isLooking: (r) => looking() === r,
        open: (said) => this.opened.push(said.text),
        show: (news, onOpen) => {
          const one = { text: saidIn(news).text, open: onOpen, closed: false };
          this.shown.push(one);
          return { close: () => void (one.closed = true) };
        },
      };
      const notifier = new Notifier(chat, clock, screen, pages);
      chat.onNews = (news) => void notifier.onNews(news);
      chat.onChange = () => {
        notifier.settle();
      };
      const end = (): void => {
        notifier.stop();
        chat.stop();
        this.#waiting.shift();
        this.#waiting[0]?.();
      };
      return { chat, end };
    }

    get texts(): string[] {
      return this.shown.map((s) => s.text);
    }
  }

  it("come once for all pages, and from the next page when one is closed", async () => {
    const browser = new Browser();
    const pages = [await browser.page(), await browser.page(), await browser.page()];
    server.post(room, ann, "one");
    await clock.pass(500);
    expect(browser.texts).toEqual(["one"]);
    pages[0]!.end();
    server.post(room, ann, "two");
    await clock.pass(500);
    expect(browser.texts).toEqual(["one", "two"]);
  });

  it("don't come for the conversation that somebody looks at, in whichever page", async () => {
    const browser = new Browser();
    await browser.page();
    let looking: string | undefined = id;
    await browser.page(() => looking);
    server.post(room, ann, "seen");
    await clock.pass(500);
    expect(browser.texts).toEqual([]);
    looking = undefined;
    server.post(room, ann, "not seen");
    await clock.pass(500);
    expect(browser.texts).toEqual(["not seen"]);
  });

  it("come only for what one wants to be told of", async () => {
    const browser = new Browser();
    const { chat } = await browser.page();
    const mine = server.post(room, me, "mine");
    server.notify(room, me, "mentions");
    server.post(room, ann, "talk");
    server.post(room, ann, "an answer", { reply_to: mine.seq });
    await clock.pass(500);
    server.notify(room, me, "nothing");
    server.post(room, ann, "another", { reply_to: mine.seq });
    await clock.pass(500);
    expect(browser.texts).toEqual(["an answer"]);
    expect(chat.unread).toBe(0); // and a muted room does not count in the title
  });

  it("don't come from people whom one has blocked", async () => {
    const browser = new Browser();
    await browser.page();
    server.block(me, ann);
    server.post(room, ann, "hey");
    await clock.pass(500);
    expect(browser.texts).toEqual([]);
  });

  it("don't come for what was missed and is told on coming back", async () => {
    const browser = new Browser();
    const { chat } = await browser.page();
    server.down = true;
    server.cut();
    server.post(room, ann, "long ago");
    server.down = false;
    chat.nudge();
    await clock.pass(1_000);
    expect(browser.texts).toEqual([]);
  });

  it("tell of a whisper to oneself, but not of one's own, and take it back where it is read", async () => {
    const browser = new Browser();
    const { chat } = await browser.page();
    server.notify(room, me, "mentions");
    server.whisper(room, me, ann, "mine");
    const heard = server.whisper(room, ann, me, "psst");
    await clock.pass(500);
    expect(browser.texts).toEqual(["psst"]);
    expect(chat.unread).toBe(1); // in the title as a call by name is
    server.read(room, me, room.room.head);
    await clock.pass(100);
    expect(browser.shown[0]!.closed).toBe(false); // what is read aloud says nothing of whispers
    server.whispersRead(room, me, heard.ordinal);
    await clock.pass(100);
    expect(browser.shown[0]!.closed).toBe(true);
    expect(chat.unread).toBe(0);
    server.notify(room, me, "nothing");
    server.whisper(room, ann, me, "unheard");
    await clock.pass(500);
    expect(browser.texts).toEqual(["psst"]);
    expect(unreadWhispers(entry(chat))).toBe(1); // its mark stands in the list all the same
  });

  it("of a whisper don't come for the one that was missed, nor where one looks", async () => {
    const browser = new Browser();
    let looking: string | undefined = id;
    const { chat } = await browser.page(() => looking);
    server.whisper(room, ann, me, "seen");
    await clock.pass(500);
    looking = undefined;
    server.down = true;
    server.cut();
    server.whisper(room, ann, me, "long ago");
    server.down = false;
    chat.nudge();
    await clock.pass(1_000);
    expect(browser.texts).toEqual([]);
    expect(unreadWhispers(entry(chat))).toBe(2);
  });

  it("are not shown any more for what is read elsewhere at once", async () => {
    const browser = new Browser();
    await browser.page();
    const line = server.post(room, ann, "read on the phone");
    await clock.pass(50);
    server.read(room, me, line.seq);
    await clock.pass(500);
    expect(browser.texts).toEqual([]);
  });

  it("that a page has left behind are taken back by the next one, when they are read", async () => {
    const closed: string[] = [];
    const line = server.post(room, ann, "before");
    const left = (name: string, at: Partial<Told["placed"]>): Told => ({
      placed: { room: id, ...at },
      shown: { close: () => closed.push(name) },
    });
    const browser = new Browser();
    browser.left = [
      left("line", { seq: line.seq }),
      left("whisper", { whispered: 1 }),
      left("gone", { room: "r9", seq: 1 }),
    ];
    await browser.page();
    await clock.pass(100);
    expect(closed).toEqual(["gone"]); // a room that one is not in any more
    server.read(room, me, line.seq);
    await clock.pass(100);
    expect(closed).toEqual(["gone", "line"]);
  });

  it("open their message, and only the newest few of a conversation stay", async () => {
    const browser = new Browser();
    await browser.page();
    for (const text of ["1", "2", "3", "4", "5"]) server.post(room, ann, text);
    await clock.pass(500);
    expect(browser.shown.map((s) => s.closed)).toEqual([true, true, false, false, false]);
    browser.shown[4]!.open();
    await settle();
    expect(browser.opened).toEqual(["5"]);
    expect(browser.shown[4]!.closed).toBe(true);
  });
});
