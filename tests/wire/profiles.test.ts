/* What people tell of themselves, and pictures of people and rooms: who may, who sees, what is refused, what is told. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem, Profile, Room, User } from "../../web/src/protocol/generated";
import { Person, call, type Answer } from "./harness/api";
import { Live } from "./harness/live";
import { GIF, png, sizeOfWebp } from "./harness/pictures";
import { Raw } from "./harness/raw";
import { Server, binary } from "./harness/server";
import { eventually, must } from "./harness/wait";

let server: Server;
let ann: Person, bob: Person, eve: Person;

beforeAll(async () => {
  server = await Server.start();
  ann = await Person.signUp(server, "ann"); // the owner
  bob = await Person.signUp(server, "bob");
  eve = await Person.signUp(server, "eve");
});
afterAll(async () => {
  await server.stop();
});

const put = <T = User>(who: Person | undefined, path: string, raw: Buffer | string, type = "image/png"): Promise<Answer<T>> =>
  call<T>(server, "PUT", path, { token: who?.token, raw, headers: { "content-type": type } });

const get = (who: Person | undefined, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  call(server, "GET", path, { token: who?.token, headers });

/** Status and bytes, which `call` reads as text. */
async function bytes(who: Person, path: string): Promise<Buffer> {
  const answer = await fetch(`http://${who.server.host}/api/v1${path}`, { headers: { authorization: `Bearer ${who.token}` } });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

const code = (answer: Answer): string => (answer.body as Problem).code;
const avatar = (user: User, side = 96): string => `/users/${user.id}/avatar/${must(user.avatar)}-${String(side)}`;

describe("a profile", () => {
  test("is what one says of oneself", async () => {
    await bob.do("PATCH", "/me", { display_name: "Bob B.", about: "Line one\nline two", email: "bob@example.org" });
    const mine = await bob.do<Profile>("GET", "/me/profile");
    expect(mine).toMatchObject({ about: "Line one\nline two", email: "bob@example.org", user: { display_name: "Bob B." } });
    expect(mine.email_visible).toBeUndefined();
    await bob.do("PATCH", "/me", { about: "" });
    expect(await bob.do("GET", "/me/profile")).toMatchObject({ about: "", email: "bob@example.org" });
  });

  test("shows the e-mail address to oneself, to administrators, and to others only where one lets them", async () => {
    const path = `/users/${bob.id}/profile`;
    expect((await ann.do<Profile>("GET", path)).email).toBe("bob@example.org");
    expect((await eve.do<Profile>("GET", path)).email).toBeUndefined();
    await bob.do("PATCH", "/me", { email_visible: true });
    expect(await eve.do("GET", path)).not.toHaveProperty("email_visible");
    expect((await eve.do<Profile>("GET", path)).email).toBe("bob@example.org");
    expect((await ann.do<Profile>("GET", path)).email_visible).toBe(true);
    await bob.do("PATCH", "/me", { email_visible: false });
    expect((await eve.do<Profile>("GET", path)).email).toBeUndefined();
  });

  test.each([
    [{ about: "x".repeat(501) }, "about_invalid"],
    [{ about: "a\u0001b" }, "about_invalid"],
    [{ email: "nobody" }, "email_invalid"],
    [{ email: "a@b" }, "email_invalid"],
    [{ email: "a b@example.org" }, "email_invalid"],
    [{ email: "<a@example.org>" }, "email_invalid"],
    [{ email: "a@example..org" }, "email_invalid"],
    [{ email: `a@${"x".repeat(300)}.org` }, "email_invalid"],
    [{ display_name: " " }, "display_name_invalid"],
    [{ about: 7 }, "field_invalid"],
    [{ email_visible: "yes" }, "field_invalid"],
  ])("refuses %j", async (body, why) => {
    const before = await bob.do("GET", "/me/profile");
    expect(code(await bob.ask("PATCH", "/me", body))).toBe(why);
    expect(await bob.do("GET", "/me/profile")).toEqual(before);
  });

  test("of somebody who is not there is not found", async () => {
    for (const path of ["/users/0000000000001/profile", "/users/x/profile", "/users/0000000000001/rooms"])
      expect((await bob.ask("GET", path)).status).toBe(404);
  });

  test("tells the rooms that both are in, and no others", async () => {
    const [dan, fay] = [await Person.signUp(server), await Person.signUp(server)];
    const ours = [];
    for (let i = 0; i < 3; i++) ours.push((await dan.group(`Ours ${String(i)}`, fay)).room.id);
    const lobby = (await dan.open("Our lobby", fay)).room.id;
    await dan.group("Mine");
    await fay.group("Hers", eve);
    await dan.direct(fay);
    const list = await dan.do<{ items: Room[]; next?: string }>("GET", `/users/${fay.id}/rooms?limit=3`);
    const more = await dan.do<{ items: Room[]; next?: string }>("GET", `/users/${fay.id}/rooms?limit=3&cursor=${must(list.next)}`);
    expect([...list.items, ...more.items].map((r) => r.id)).toEqual([lobby, ...ours.toReversed()]);
    expect(more.next).toBeUndefined();
    expect((await eve.do<{ items: Room[] }>("GET", `/users/${dan.id}/rooms`)).items).toEqual([]);
    expect(code(await dan.ask("GET", `/users/${fay.id}/rooms?cursor=nonsense`))).toBe("cursor_invalid");
  });
});

describe("a status", () => {
  test("is an emoji, words, or both, and ends by its time", async () => {
    const until = Date.now() + 3_600_000;
    expect(await bob.do("PUT", "/me/status", { emoji: "🌴", text: " Away ", until })).toMatchObject({
      status_emoji: "🌴",
      status_text: "Away",
      status_until: until,
    });
    expect(await eve.do("GET", `/users/${bob.id}`)).toMatchObject({ status_emoji: "🌴", status_text: "Away" });
    expect(await bob.do("PUT", "/me/status", { emoji: "❤" })).not.toHaveProperty("status_text");
    await bob.do("PUT", "/me/status", { text: "Soon back", until: Date.now() + 1_200 });
    const over = await eventually(async () => {
      const user = await eve.do<User>("GET", `/users/${bob.id}`);
      return user.status_text === undefined ? user : undefined;
    }, "the status ends");
    expect(over).not.toHaveProperty("status_until");
    await bob.do("PUT", "/me/status", { text: "x" });
    expect(await bob.do("DELETE", "/me/status")).not.toHaveProperty("status_text");
  });

  test.each([
    [{}, "status_invalid"],
    [{ text: "" }, "status_invalid"],
    [{ text: "x".repeat(81) }, "status_invalid"],
    [{ text: "a\nb" }, "status_invalid"],
    [{ text: "x", until: 1 }, "status_invalid"],
    [{ text: "x", until: Date.now() + 400 * 86_400_000 }, "status_invalid"],
    [{ text: "x", until: 9007199254740992 }, "status_invalid"],
    [{ emoji: "ab" }, "emoji_invalid"],
  ])("refuses %j", async (body, why) => {
    expect(code(await bob.ask("PUT", "/me/status", body))).toBe(why);
  });
});

describe("a picture of oneself", () => {
  test("is made anew in three sizes, without what came with it", async () => {
    const { body: me, status } = await put(bob, "/me/avatar", png(300, 200, { words: "secret words" }));
    expect(status).toBe(200);
    for (const side of [96, 256, 512]) {
      const picture = await bytes(eve, avatar(me, side));
      expect(sizeOfWebp(picture)).toEqual([side, side]);
      expect(picture.includes("secret")).toBe(false);
    }
    expect((await put(bob, "/me/avatar", GIF, "image/gif")).body.avatar).not.toBe(me.avatar);
    const webp = await bytes(bob, avatar((await bob.do<User>("GET", "/me"))));
    expect((await put(bob, "/me/avatar", webp, "image/webp")).status).toBe(200);
  });

  test("can be kept by who has seen it, and by nobody else's cache", async () => {
    const { body: me } = await put(bob, "/me/avatar", png(64, 64));
    const answer = await get(eve, avatar(me));
    expect(answer.headers).toMatchObject({
      "content-type": "image/webp",
      "cache-control": "private, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      vary: "cookie, authorization",
      "cross-origin-resource-policy": "same-origin",
      "accept-ranges": "bytes",
    });
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    const etag = String(answer.headers["etag"]);
    expect((await get(eve, avatar(me), { "if-none-match": etag })).status).toBe(304);
    const part = await get(eve, avatar(me), { range: "bytes=0-3" });
    expect([part.status, part.text]).toEqual([206, "RIFF"]);
    expect((await call(server, "HEAD", avatar(me), { token: eve.token })).status).toBe(200);
    expect((await get(undefined, avatar(me))).status).toBe(401);
    // The same picture has the same address.
    expect((await put(bob, "/me/avatar", png(64, 64))).body).toEqual(me);
  });

  test("is gone from its address when another one comes, or none", async () => {
    const { body: first } = await put(bob, "/me/avatar", png(64, 64, { rgb: [1, 2, 3] }));
    const { body: second } = await put(bob, "/me/avatar", png(64, 64, { rgb: [250, 2, 3] }));
    expect((await get(eve, avatar(first))).status).toBe(404);
    expect((await get(eve, avatar(second))).status).toBe(200);
    expect(await bob.do("DELETE", "/me/avatar")).not.toHaveProperty("avatar");
    expect((await get(eve, avatar(second))).status).toBe(404);
    for (const odd of ["", "x", "-96", `${must(second.avatar)}-97`, `${must(second.avatar)}-`, `${must(second.avatar)}-9999999999999999999`])
      expect((await get(eve, `/users/${bob.id}/avatar/${odd || "%20"}`)).status).toBe(404);
  });

  const whole = png(64, 64);
  const bomb = png(1, 1, { declared: [30_000, 30_000] });
  test.each<[string, Buffer | string, string, number, string]>([
    ["nothing", "", "image/png", 422, "picture_unreadable"],
    ["words", "hello", "image/png", 422, "picture_unreadable"],
    ["a page", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png", 422, "picture_unreadable"],
    ["a head alone", whole.subarray(0, 40), "image/png", 422, "picture_unreadable"],
    ["half", whole.subarray(0, whole.length / 2), "image/png", 422, "picture_unreadable"],
    ["a bomb", bomb, "image/png", 413, "picture_too_large"],
    ["a bomb that says little", png(3, 3, { declared: [4_999, 4_999] }), "image/png", 422, "picture_unreadable"],
    ["too many bytes", Buffer.alloc(4 * 1024 * 1024 + 1), "image/png", 413, "too_large"],
    ["SVG", "<svg/>", "image/svg+xml", 415, "picture_type"],
    ["no type", "x", "application/octet-stream", 415, "picture_type"],
    ["JSON", "{}", "application/json", 415, "picture_type"],
  ])("refuses %s", async (_, raw, type, status, why) => {
    const before = await eve.do("GET", "/me");
    const answer = await put(eve, "/me/avatar", raw, type);
    expect([answer.status, code(answer)]).toEqual([status, why]);
    expect(await eve.do("GET", "/me")).toEqual(before);
  });

  test("of a kind that its type does not name is taken all the same: what counts is what it is", async () => {
    expect((await put(eve, "/me/avatar", whole, "image/jpeg")).status).toBe(200);
  });

  test("is decoded for nobody who is not signed in", async () => {
    expect((await put(undefined, "/me/avatar", whole)).status).toBe(401);
    expect((await call(server, "PUT", "/me/avatar", { raw: whole, token: "nonsense", headers: { "content-type": "image/png" } })).status).toBe(401);
  });

  test("is taken from many at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) => put([ann, bob, eve][i % 3], "/me/avatar", png(40, 40, { rgb: [i, 9 * i, 255 - i] }))),
    );
    expect(answers.map((a) => a.status)).toEqual(answers.map(() => 200));
    for (const who of [ann, bob, eve]) expect((await get(who, avatar(await who.do<User>("GET", "/me")))).status).toBe(200);
  });

  test("leaves no process behind", () => {
    const parents = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid));
    const mine = parents.filter((pid) => {
      try {
        return new RegExp(`\\) \\S ${String(server.pid)} `).test(readFileSync(`/proc/${pid}/stat`, "latin1"));
      } catch {
        return false; // it has ended meanwhile
      }
    });
    expect(mine).toEqual([]);
  });
});

test("a child that is killed, or can't be started, costs one picture, and the server goes on", async () => {
  for (const [fault, status, why] of [["media.child:1", 422, "picture_unreadable"], ["media.start:1", 503, "unavailable"]] as const) {
    const other = await Server.start({ env: { CONFAB_FAULT: fault } });
    const dan = await Person.signUp(other);
    const send = (): Promise<Answer> => call(other, "PUT", "/me/avatar", { token: dan.token, raw: png(9, 9), headers: { "content-type": "image/png" } });
    const first = await send();
    expect([first.status, code(first)]).toEqual([status, why]);
    expect((await send()).status).toBe(200);
    await other.stop();
  }
});

test("pictures and profile changes are limited in number", async () => {
  const strict = await Server.start({ limits: true });
  const dan = await Person.signUp(strict);
  const send = (): Promise<Answer> => call(strict, "PUT", "/me/avatar", { token: dan.token, raw: "x", headers: { "content-type": "image/png" } });
  const answers = await Promise.all(Array.from({ length: 31 }, send));
  expect(answers.filter((a) => code(a) === "picture_unreadable")).toHaveLength(30);
  const refused = must(answers.find((a) => a.status === 429));
  expect(code(refused)).toBe("rate_limited");
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  await strict.stop();
});

test("pictures are part of a backup", async () => {
  const first = await Server.start();
  const dan = await Person.signUp(first);
  const send = (): Promise<Answer<User>> =>
    call<User>(first, "PUT", "/me/avatar", { token: dan.token, raw: png(50, 50, { rgb: [7, 77, 177] }), headers: { "content-type": "image/png" } });
  const path = avatar((await send()).body, 256);
  const data = mkdtempSync(join(tmpdir(), "confab-copy-"));
  try {
    execFileSync(binary(), ["backup", join(data, "copy"), "--data", first.data]);
    const before = await bytes(dan, path);
    await dan.do("DELETE", "/me/avatar");
    await first.stop();
    execFileSync(binary(), ["restore", join(data, "copy"), "--data", data]);
    const second = await Server.start({ data });
    const answer = await fetch(`http://${second.host}/api/v1${path}`, { headers: { authorization: `Bearer ${dan.token}` } });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(before);
    await second.stop();
  } finally {
    rmSync(data, { recursive: true });
  }
});

describe("a room's picture", () => {
  test("is for its admins to give, told to its members, and seen by them alone", async () => {
    const room = (await bob.group("Pictured", ann)).room.id;
    const live = await Live.open(ann);
    expect(code(await put<Room>(ann, `/rooms/${room}/picture`, png(9, 9)))).toBe("forbidden");
    expect((await put<Room>(eve, `/rooms/${room}/picture`, png(9, 9))).status).toBe(404);
    const { body: made } = await put<Room>(bob, `/rooms/${room}/picture`, png(9, 9));
    const path = `/rooms/${room}/picture/${must(made.picture)}-96`;
    expect(await live.next("message")).toMatchObject({ room, message: { notice: { kind: "picture", picture: made.picture } } });
    expect((await get(ann, path)).status).toBe(200);
    expect((await get(eve, path)).status).toBe(404);
    expect((await get(undefined, path)).status).toBe(401);
    const removed = await bob.do<Room>("DELETE", `/rooms/${room}/picture`);
    expect(removed).not.toHaveProperty("picture");
    expect((await live.next("message")).message.notice).toEqual({ kind: "picture" });
    await bob.do("DELETE", `/rooms/${room}/picture`); // changes nothing, says nothing
    expect((await ann.page(room)).messages.filter((m) => m.notice?.kind === "picture")).toHaveLength(2);
    expect((await get(ann, path)).status).toBe(404);
    live.close();
  });

  test("of an open room is for everybody who is signed in, and goes with the room", async () => {
    const room = (await bob.open("Pictured lobby")).room.id;
    const { body: made } = await put<Room>(bob, `/rooms/${room}/picture`, png(9, 9));
    const path = `/rooms/${room}/picture/${must(made.picture)}-256`;
    expect((await get(eve, path)).status).toBe(200);
    await bob.do("DELETE", `/rooms/${room}`);
    expect((await get(bob, path)).status).toBe(404);
  });

  test("is not given to a private conversation", async () => {
    const room = (await bob.direct(eve)).room.id;
    expect(code(await put<Room>(bob, `/rooms/${room}/picture`, png(9, 9)))).toBe("forbidden");
  });
});

describe("a change of what others see", () => {
  test("reaches those who have the person before their eyes, once, and oneself in order", async () => {
    const [watcher, other, mine] = [await Live.open(eve), await Live.open(ann), await Live.open(bob)];
    await watcher.command({ type: "watch", users: [bob.id] });
    await watcher.next("presence");
    const { body: me } = await put(bob, "/me/avatar", png(30, 30, { rgb: [3, 2, 1] }));
    expect((await watcher.next("user")).user).toEqual(me);
    expect((await mine.next("me")).user).toEqual(me);
    const named = await bob.do<User>("PATCH", "/me", { display_name: "Robert" });
    expect((await watcher.next("user")).user).toMatchObject({ display_name: "Robert", rev: named.rev });
    expect(named.rev).toBe(must(me.rev) + 1);
    // What only the page of a person shows is told to nobody.
    await bob.do("PATCH", "/me", { about: "Something else" });
    await bob.do("PATCH", "/me", { display_name: "Bob" });
    expect((await watcher.next("user")).user.display_name).toBe("Bob");
    await other.command({ type: "ping" });
    expect(other.frames.filter((f) => f.type === "user")).toEqual([]);
    for (const live of [watcher, other, mine]) live.close();
  });

  test("that was missed shows when one watches again", async () => {
    const live = await Live.open(eve);
    await live.command({ type: "watch", users: [bob.id] });
    const before = must((await live.next("presence")).of[0]?.rev);
    live.close();
    await bob.do("PUT", "/me/status", { text: "Changed meanwhile" });
    const again = await Live.open(eve);
    await again.command({ type: "watch", users: [bob.id] });
    expect((await again.next("presence")).of[0]?.rev).toBe(before + 1);
    again.close();
  });
});

describe("large bodies", () => {
  test("are taken where a route says so, and nowhere else", async () => {
    const large = Buffer.concat([png(64, 64), Buffer.alloc(1024 * 1024)]);
    expect((await put(bob, "/me/avatar", large)).status).toBe(200);
    const answer = await call(server, "PATCH", "/me", { token: bob.token, raw: JSON.stringify({ about: "x".repeat(300_000) }) });
    expect(answer.status).toBe(413);
  });

  test("are read only so many at a time, and small ones all the while", async () => {
    const one = await Server.start({ flags: ["--threads", "1", "--trusted-proxies", "127.0.0.1"] });
    const dan = await Person.signUp(one);
    const send = (raw: Buffer): Promise<Answer> => call(one, "PUT", "/me/avatar", { token: dan.token, raw, headers: { "content-type": "image/png" } });
    // Of one address a few alone are read: see crowd.test.ts.
    const begin = async (address: number): Promise<Raw> => {
      const raw = await Raw.open(one);
      raw.send(
        `PUT /api/v1/me/avatar HTTP/1.1\r\nHost: ${one.host}\r\nAuthorization: Bearer ${dan.token}\r\n` +
          `X-Forwarded-For: 203.0.113.${String(address)}\r\nContent-Type: image/png\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n`,
      );
      return raw;
    };
    const raws: Raw[] = [];
    for (let i = 0; i < 16; i++) {
      const raw = await begin(i % 4);
      raws.push(raw);
      expect((await raw.answer()).status).toBe(100);
    }
    const refused = await begin(9);
    expect((await refused.answer()).status).toBe(503);
    const chunked = await Raw.open(one);
    chunked.send(`PUT /api/v1/me/avatar HTTP/1.1\r\nHost: ${one.host}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    expect((await chunked.answer()).status).toBe(503);
    expect((await send(png(9, 9))).status).toBe(200);
    for (const raw of [...raws, refused, chunked]) raw.close();
    const large = Buffer.concat([png(64, 64), Buffer.alloc(1024 * 1024)]);
    await eventually(async () => ((await send(large)).status === 200 ? true : undefined), "there is room again");
    await one.stop();
  });
});
