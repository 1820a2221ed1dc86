import { describe, expect, test } from "vitest";
import type { Found, Room, Search, User } from "../protocol/generated";
import type { RoomState } from "./client";
import { askable, further, namingIn, readable, together, withName, withOperator } from "./search";

const user = (id: string): User => ({ id, name: id, display_name: id, kind: "person", role: "member" });
const room = (id: string): Room => ({ id, kind: "open", name: id }) as Room;
const state = (id: string, peer?: string): RoomState =>
  ({ entry: { room: room(id), ...(peer === undefined ? {} : { peer: user(peer) }) } }) as RoomState;
const found = (id: string): Found => ({ id, room: "r", seq: 1, at: 1, user: user("a"), parts: [] });
const answer = (more: Partial<Search>): Search => ({ people: [], rooms: [], messages: [], ...more });

describe("what one finds", () => {
  const own = new Map([
    ["team", state("team")],
    ["direct", state("direct", "ben")],
  ]);
  const roomOf = (id: string): RoomState | undefined => own.get(id);

  test("everything stands in one place: one's own rooms as such, people without those that one talks with", () => {
    const hits = together(
      [own.get("direct")!],
      answer({
        people: [user("me"), user("ben"), user("cleo")],
        rooms: [{ room: room("team"), member: true }, { room: room("square") }],
        messages: [found("m")],
      }),
      roomOf,
      "me",
    );
    expect(hits.rooms.map((r) => r.entry.room.id)).toEqual(["direct", "team"]);
    expect(hits.people.map((u) => u.id)).toEqual(["cleo"]);
    expect(hits.open.map((r) => r.id)).toEqual(["square"]);
    expect(hits.messages.map((m) => m.id)).toEqual(["m"]);
  });

  test("a room found here and there stands once", () => {
    const hits = together(
      [own.get("team")!],
      answer({ rooms: [{ room: room("team"), member: true }] }),
      roomOf,
      "me",
    );
    expect(hits.rooms).toHaveLength(1);
  });

  test("before the server has answered there is what is known here", () => {
    expect(together([own.get("team")!], undefined, roomOf, "me")).toMatchObject({
      people: [],
      open: [],
      messages: [],
    });
  });
});

test("pages follow each other without doubles, and the last one has no next", () => {
  const first = answer({ messages: [found("3"), found("2")], people: [user("x")], next: "c" });
  const all = further(first, answer({ messages: [found("2"), found("1")] }));
  expect(all.messages.map((m) => m.id)).toEqual(["3", "2", "1"]);
  expect(all.people).toHaveLength(1);
  expect("next" in all).toBe(false);
  expect(further(first, answer({ messages: [], next: "d" })).next).toBe("d");
});

test("an operator comes behind what stands there already", () => {
  expect(withOperator("", "from:")).toBe("from:");
  expect(withOperator("tent  ", "from:")).toBe("tent from:");
});

describe("a name that an operator wants", () => {
  test.each([
    ["from:", "from", ""],
    ["wave from:jo", "from", "jo"],
    ["wave -from:@jo", "from", "jo"],
    ["in:#gar", "in", "gar"],
    ['in:"Blue gar', "in", "Blue gar"],
  ] as const)("is being written in %j", (q, operator, name) => {
    expect(namingIn(q)).toEqual({ operator, name });
  });

  test.each(["from:jo ", 'in:"Blue garden"', "wherefrom:jo", "from", "in:garden wave", ""])(
    "is not in %j",
    (q) => {
      expect(namingIn(q)).toBeUndefined();
    },
  );

  test("comes into the place of what was begun, in quotes where it has blanks", () => {
    expect(withName("wave from:j", "jonas")).toBe("wave from:jonas ");
    expect(withName('wave -in:"bl', "Blue garden")).toBe('wave -in:"Blue garden" ');
    expect(withName("from:@", "$&")).toBe("from:$& ");
  });

  test("is waited for: what stands before it is asked for alone", () => {
    expect(askable("wave from:")).toBe("wave ");
    expect(askable("-in:#")).toBe("");
    expect(askable(' wave in:"')).toBe("wave ");
    expect(askable("wave from:jo")).toBe("wave from:jo");
  });
});

describe("a piece of a message", () => {
  const read = (...texts: string[]): string =>
    readable(texts.map((text) => ({ text })))
      .map((p) => p.text)
      .join("|");

  test("is read without the signs of Markdown", () => {
    expect(read("Lake or **", "mountains", "** this year?")).toBe("Lake or |mountains| this year?");
    expect(read("Mountains:\n\n- 12 _beds_\n1. go\n> no `signal`\n```\nat all\n```")).toBe(
      "Mountains:\n\n12 beds\ngo\nno signal\n\nat all\n",
    );
    expect(read("- first", " - and so on")).toBe("first| - and so on");
  });

  test("keeps the signs that are meant", () => {
    for (const text of ["2 * 3 - 1 > 4", "snake_case_name", "minus -5, and #tag", "a_b and c_d"])
      expect(read(text)).toBe(text);
  });
});
