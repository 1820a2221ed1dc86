import { describe, expect, it } from "vitest";
import type { Message, Page, RoomEntry, ServerFrame, User, Whisper } from "../protocol/generated";
import { apply, applyPage, applyWhispersRead, emptyClient, unreadOf, type ClientState } from "./client";
import { buildRows } from "./rows";
import { askFrom, whispersIn } from "./whispers";

const me: User = { id: "u1", name: "me", display_name: "Me", kind: "person", role: "member" };
const ann: User = { id: "u2", name: "ann", display_name: "Ann", kind: "person", role: "member" };

const line = (seq: number): Message => ({
  id: `m${String(seq)}`,
  room: "r",
  seq,
  ordinal: seq,
  kind: "text",
  author: ann.id,
  at: seq * 1000,
  text: `line ${String(seq)}`,
});

let ordinals = 0;
const said = (id: string, place: number, more: Partial<Whisper> = {}): Whisper => ({
  id,
  room: "r",
  place,
  ordinal: ++ordinals,
  kind: "text",
  author: ann.id,
  to: me.id,
  at: place * 1000 + 1,
  text: id,
  client_id: id,
  ...more,
});

const frame = (useq: number, whisper: Whisper): ServerFrame => ({
  type: "whisper",
  useq,
  room: "r",
  whisper,
  with: ann,
});

const page = (more: Partial<Page>): Page => ({
  room: "r",
  head: 10,
  useq: 5,
  messages: [],
  users: [],
  quoted: [],
  has_before: false,
  has_after: false,
  ...more,
});

function start(): ClientState {
  const entry: RoomEntry = {
    room: {
      id: "r",
      kind: "group",
      name: "",
      topic: "",
      created_at: 0,
      member_count: 3,
      head: 10,
      count: 10,
      pins: 0,
    },
    role: "member",
    joined_at: 0,
    read: { seq: 10, ordinal: 10 },
  };
  return apply(emptyClient(me), {
    type: "ready",
    epoch: "e",
    connection: "c",
    me,
    useq: 5,
    resumed: false,
    heartbeat_ms: 1,
    rooms: [entry],
  });
}

const timeline = (s: ClientState) => s.rooms.get("r")!.timeline;
const shown = (s: ClientState): string[] =>
  timeline(s).segments.flatMap((segment) =>
    buildRows({
      messages: segment.messages,
      whispers: whispersIn(timeline(s), segment),
      pending: [],
      me: me.id,
      seen: new Map(),
      dayOf: () => "one day",
    }).flatMap((r) =>
      r.kind === "whisper" ? r.whisper.text : r.kind === "message" ? String(r.message.seq) : [],
    ),
  );

describe("whispers", () => {
  it("stand after the line of their place, the earlier one first", () => {
    let s = applyPage(
      start(),
      page({ messages: [line(9), line(10)], whispers: [said("a", 9)], has_before: true }),
      {},
    );
    s = apply(s, frame(6, said("c", 10, { at: 20_002 })));
    s = apply(s, frame(7, said("b", 10, { at: 20_001 })));
    expect(shown(s)).toEqual(["9", "a", "10", "b", "c"]);
  });

  it("are known as they stand now, once", () => {
    let s = applyPage(start(), page({ messages: [line(10)], whispers: [said("a", 10)] }), {});
    s = apply(s, frame(6, { ...said("a", 10), text: "changed" }));
    expect(shown(s)).toEqual(["10", "changed"]);
  });

  it("come with a page that was read before them", () => {
    let s = apply(start(), frame(6, said("live", 10)));
    expect(shown(s)).toEqual([]);
    s = applyPage(s, page({ messages: [line(10)], useq: 5 }), {});
    expect(shown(s)).toEqual(["10", "live"]);
  });

  it("do not stand in a stretch that is not theirs", () => {
    let s = apply(start(), frame(6, said("live", 10)));
    s = applyPage(s, page({ messages: [line(2), line(3)], has_before: true, has_after: true }), {
      around: 2,
    });
    expect(shown(s)).toEqual(["2", "3"]);
  });

  it("are asked for from where a page was cut among them", () => {
    let s = start();
    s = applyPage(
      s,
      page({ whispers: [said("b", 8), said("c", 8)], messages: [line(9), line(10)], has_before: true }),
      {},
    );
    expect(shown(s)).toEqual(["b", "c", "9", "10"]);
    const ask = askFrom(timeline(s), timeline(s).segments[0]!, "up");
    expect(ask).toEqual({ before: 8, whisper: "b" });
    s = applyPage(
      s,
      page({ whispers: [said("a", 8)], messages: [line(8)], has_before: true, has_after: true }),
      ask,
    );
    expect(timeline(s).segments).toHaveLength(1);
    expect(shown(s)).toEqual(["8", "a", "b", "c", "9", "10"]);
    expect(askFrom(timeline(s), timeline(s).segments[0]!, "up")).toEqual({ before: 8 });
  });

  it("make a page of themselves alone", () => {
    let s = applyPage(start(), page({ whispers: [said("b", 9), said("c", 9)], has_before: true }), {});
    s = applyPage(
      s,
      page({ whispers: [said("a", 9)], messages: [line(9)], has_before: true, has_after: true }),
      {
        before: 9,
        whisper: "b",
      },
    );
    expect(shown(s)).toEqual(["9", "a", "b", "c"]);
    expect(timeline(s).segments).toMatchObject([{ from: 9, to: 10 }]);
  });

  it("count as unread until they are read, and never twice", () => {
    ordinals = 0;
    let s = apply(start(), frame(6, said("a", 10)));
    s = apply(s, frame(7, said("b", 10)));
    s = apply(s, frame(8, { ...said("mine", 10, { author: me.id, to: ann.id }), ordinal: 9 }));
    const entry = (): RoomEntry => s.rooms.get("r")!.entry;
    expect(unreadOf(entry())).toBe(2);
    s = applyWhispersRead(s, "r", 1);
    expect(unreadOf(entry())).toBe(1);
    s = apply(s, { type: "whispers_read", useq: 9, room: "r", read: 2 });
    expect(unreadOf(entry())).toBe(0);
    s = applyWhispersRead(s, "r", 1);
    expect(unreadOf(entry())).toBe(0);
    expect(entry().whispers).toMatchObject({ count: 2, read: 2, last: { id: "mine" }, with: ann });
  });
});
