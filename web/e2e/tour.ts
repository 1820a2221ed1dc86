/* Every screen that there is, on a server furnished for it. Whoever has to look at all of them walks the same way: axe, the
 * content policy, the narrowest phone. */
import { Server } from "../../tests/wire/harness/server";
import { png } from "../../tests/wire/harness/pictures";
import { eventually } from "../../tests/wire/harness/wait";
import type { Route } from "playwright-core";
import type { Person } from "./chromium";
import { site } from "./tour-site";

/** A stop of the way: what it is called, and how to come there from anywhere. */
export interface Stop {
  readonly name: string;
  readonly show: () => Promise<unknown>;
  /** Puts right what showing it took away. */
  readonly leave?: () => Promise<unknown>;
}

interface Account {
  readonly id: string;
  readonly token: string;
}

/** For whoever mends a screen: only the stops with this in their name. */
export const ONLY = process.env["CONFAB_STOP"] ?? "";
/** What fills the screens to their edges; the pictures of the docs are of what people say. */
export interface Content {
  readonly lena: string;
  readonly address: string;
  readonly agreed: string;
  readonly long: string;
  readonly line: (n: number) => string;
}

const EXTREMES: Content = {
  lena: "Lena of the long name, who takes all the room that there is",
  address: "https://example.org/a/rather/long/address/that/has/to/break/somewhere/when/the/screen/is/narrow?and=more",
  agreed: `Agreed, ${"w".repeat(200)}`,
  long: "A room with a rather long name that goes on and on",
  line: (n) => `line ${String(n)}`,
};
/** How many lines the long room has. */
const LINES = 90;

/** Where live events come from without a socket. */
const LIVE = /\/api\/v1\/(events|poll)\b/;
const PASSWORD = "a good long password";

/** Somebody who is there by the API alone. */
export class Guest {
  readonly id: string;
  readonly #base: string;
  readonly #token: string;
  static #count = 0;

  private constructor(base: string, { id, token }: Account) {
    this.#base = base;
    this.id = id;
    this.#token = token;
  }

  static async signUp(base: string, name: string, shown: string): Promise<Guest> {
    const body = JSON.stringify({ name, display_name: shown, password: PASSWORD, token: true });
    const signed = await post<{ user: { id: string }; token: string }>(base, "accounts", body);
    return new Guest(base, { id: signed.user.id, token: signed.token });
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return post<T>(this.#base, path, JSON.stringify(body), this.#token);
  }

  say(room: string, text: string, more: object = {}): Promise<{ id: string; seq: number }> {
    return this.post(`rooms/${room}/messages`, { client_id: `guest-${String(++Guest.#count)}`, text, ...more });
  }
}

async function post<T>(base: string, path: string, body: string, token?: string): Promise<T> {
  const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${base}/api/v1/${path}`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export interface Rooms {
  readonly jonas: string;
  readonly trip: string;
  readonly direct: string;
  readonly notes: string;
  /** Open, and one is not in it. */
  readonly strange: string;
  readonly long: string;
  readonly unread: string;
  /** So large that one may not call everyone. */
  readonly crowd: string;
  readonly content: Content;
}

/** Fills the server with what the screens show, around the person who looks at them. */
export async function furnish(base: string, me: Person, content: Content): Promise<Rooms> {
  const { id: mine } = await me.api<{ id: string }>("GET", "/me");
  const jonas = await Guest.signUp(base, "jonas", "Jonas");
  const lena = await Guest.signUp(base, "lena", content.lena);
  let n = 0;
  const say = (room: string, text: string, more: object = {}) =>
    me.api<{ id: string; seq: number }>("POST", `/rooms/${room}/messages`, { client_id: `me-${String(++n)}`, text, ...more });
  const make = async (body: object) => (await me.api<{ room: { id: string } }>("POST", "/rooms", body)).room.id;

  const trip = await make({ kind: "group", name: "Summer trip", topic: "Where, when, and who brings the tent", members: [jonas.id, lena.id] });
  const asked = await say(trip, "Lake or **mountains** this year?");
  await jonas.say(trip, "Mountains:\n\n- 12 _beds_\n- a stove\n\n1. go\n2. see\n\n> no signal at all\n\n`code` and\n\n```\n09:12  station\n```");
  await lena.say(trip, content.address);
  await jonas.say(trip, "waves", { kind: "action" });
  const gone = await say(trip, "I take this back");
  await me.api("DELETE", `/rooms/${trip}/messages/${gone.id}`);
  const wrong = await say(trip, "Teh mountains it is");
  await me.api("PATCH", `/rooms/${trip}/messages/${wrong.id}`, { text: "The mountains it is" });
  const agreed = await lena.say(trip, content.agreed, { reply_to: asked.seq });
  for (const emoji of ["👍", "🎉", "❤️"]) await me.api("PUT", `/rooms/${trip}/messages/${agreed.id}/reactions`, { emoji });
  await jonas.post("commands", { type: "react", room: trip, message: agreed.id, emoji: "👍" });
  await me.api("PUT", `/rooms/${trip}/messages/${agreed.id}/pin`);
  await me.api("PUT", `/rooms/${trip}/messages/${agreed.id}/star`);
  const last = await say(trip, "Then it is settled", { reply_to: asked.seq });
  await jonas.post("commands", { type: "read", id: "1", room: trip, seq: last.seq });

  await jonas.post(`rooms/${trip}/whispers`, { to: mine, client_id: "w1", text: "Shall we tell them about the **stove**?" });
  await me.api("POST", `/rooms/${trip}/whispers`, { to: jonas.id, client_id: "w1", text: "Not before the weekend" });

  const direct = await make({ kind: "direct", user: jonas.id });
  await say(direct, "Are you bringing the stove?");
  const notes = await make({ kind: "direct", user: mine });
  const { room: strange } = await jonas.post<{ room: { id: string } }>("rooms", { kind: "open", name: "Town square", topic: "For all who live here" });
  await say(trip, "@jonas and @lena, @everyone: who has a car?");
  await jonas.say(trip, "I have. @mara, you bring the tent?");
  await lena.say(trip, "@here I come later, see `@mara`");
  const crowd = await jonas.post<{ room: { id: string } }>("rooms", { kind: "open", name: "Crowd" });
  for (let i = 1; i <= 20; i++) {
    const guest = await Guest.signUp(base, `guest${String(i)}`, `Guest ${String(i)}`);
    await guest.post(`rooms/${crowd.room.id}/members`, { user: guest.id });
  }
  await me.api("POST", `/rooms/${crowd.room.id}/members`, { user: mine });
  const long = await make({ kind: "open", name: content.long });
  for (let i = 1; i <= LINES; i++) await say(long, content.line(i));
  const unread = await make({ kind: "group", name: "Garden", members: [lena.id] });
  await lena.say(unread, "Please water on Thursday");
  return { jonas: jonas.id, trip, direct, notes, strange: strange.id, long, unread, crowd: crowd.room.id, content };
}

/** Screens of somebody who is not signed in; the server is new. */
export function outside(me: Person): Stop[] {
  const { page } = me;
  return [
    { name: "first account", show: () => me.go("/signup").then(() => page.getByText("This server is new").waitFor()) },
    { name: "sign in", show: () => me.go("/signin").then(() => page.getByRole("heading", { name: "Welcome back" }).waitFor()) },
    {
      name: "sign in refused",
      show: async () => {
        await me.go("/signin");
        await page.getByLabel("Name", { exact: true }).fill("nobody");
        await page.getByLabel("Password", { exact: true }).fill("not a password of anyone");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("alert").waitFor();
      },
    },
    {
      name: "name refused",
      show: async () => {
        await me.go("/signup");
        await page.getByLabel("Name", { exact: true }).fill("!");
        await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
        await page.getByRole("button", { name: "Create account" }).click();
        await page.getByText("2 to 32 small letters").waitFor();
      },
    },
  ];
}

/** Screens of somebody who is signed in. */
export function inside(me: Person, rooms: Rooms): Stop[] {
  const { page } = me;
  let slow = false;
  let sockets = false;
  const open = async (room: string, written = true) => {
    // By way of elsewhere: the same address anew keeps what stood open.
    await page.goto("about:blank");
    await me.go(`/r/${room}`);
    if (written) await me.composer.waitFor();
  };
  const details = async (room: string) => {
    await open(room);
    await page.getByRole("button", { name: "Details", exact: true }).first().click();
    await page.getByTestId("details").waitFor();
  };
  const search = async (text: string) => {
    await me.go("/");
    await page.getByRole("searchbox", { name: "Search people and rooms" }).fill(text);
  };
  const actions = async (text: string) => {
    await open(rooms.trip);
    const row = me.message(text).last();
    await row.focus();
    await row.press("Enter");
    await page.getByRole("menu").waitFor();
  };
  const choose = (name: string) => page.getByRole("menuitem", { name, exact: true }).click();
  const dialog = (role: "dialog" | "alertdialog" = "dialog") => page.getByRole(role).waitFor();
  const member = async () => {
    await details(rooms.trip);
    await page.getByRole("button", { name: "Actions for Jonas" }).click();
    await page.getByRole("menu").waitFor();
  };
  const messages = "**/api/v1/rooms/*/messages*";
  /* Neither a socket nor what stands in for it brings anything. */
  const cut = async (path: string | RegExp, answer: (route: Route) => unknown) => {
    slow = true;
    if (!sockets) await page.routeWebSocket(/./, (socket) => {
      if (!slow) socket.connectToServer();
    });
    sockets = true;
    await page.route(path, answer);
  };
  const online = async () => {
    slow = false;
    await page.unrouteAll();
  };
  return [
    { name: "conversations", show: () => me.go("/").then(() => page.getByText("1 unread message").waitFor({ state: "attached" })) },
    { name: "found", show: () => search("jo").then(() => page.getByRole("link", { name: /Jonas/ }).waitFor()) },
    { name: "found elsewhere", show: () => search("town").then(() => page.getByRole("button", { name: /Town square/ }).waitFor()) },
    { name: "found nothing", show: () => search("zzzz").then(() => page.getByRole("heading", { name: "Nothing found" }).waitFor()) },
    { name: "found messages", show: () => search("mountains").then(() => page.locator("#conversation-list mark").first().waitFor()) },
    { name: "found with tips", show: () => search("mountains before:soon").then(() => page.getByText("Write a day as").waitFor()) },
    { name: "search in a room", show: () => open(rooms.trip).then(() => page.getByRole("button", { name: "Search in this room" }).click()).then(() => page.getByText("Only in Summer trip").waitFor()) },
    { name: "conversation", show: () => open(rooms.trip).then(() => me.message("it is settled").waitFor()) },
    { name: "private conversation", show: () => open(rooms.direct).then(() => me.message("the stove").waitFor()) },
    { name: "notes", show: () => open(rooms.notes).then(() => page.getByText("Only you can see").first().waitFor()) },
    { name: "open room from outside", show: () => me.go(`/r/${rooms.strange}`).then(() => page.getByRole("button", { name: "Join this room" }).waitFor()) },
    { name: "nothing here", show: () => me.go("/r/0000000000001").then(() => page.getByText("There is nothing here").waitFor()) },
    { name: "no such page", show: () => me.go("/no/such/page").then(() => page.getByText("This page does not exist").waitFor()) },
    {
      name: "far from the latest",
      show: async () => {
        await open(rooms.long);
        await me.message(rooms.content.line(LINES)).last().waitFor();
        const jump = page.getByRole("button", { name: "Jump to the latest messages" });
        await eventually(async () => {
          await page.getByRole("log").evaluate((e) => void (e.scrollTop = 0));
          return (await jump.isVisible()) || undefined;
        }, "a way back to the latest messages");
      },
    },
    {
      name: "messages on their way",
      show: async () => {
        await page.route(messages, () => undefined);
        await open(rooms.trip);
        await page.locator('[role="log"][aria-busy="true"]').waitFor();
      },
      leave: () => page.unrouteAll(),
    },
    {
      name: "messages do not load",
      show: async () => {
        await page.route(messages, (route) => route.abort());
        await open(rooms.trip);
        await page.getByText("Messages could not be loaded").waitFor();
      },
      leave: () => page.unrouteAll(),
    },
    {
      name: "server out of reach",
      show: async () => {
        await page.goto("about:blank");
        await page.route("**/api/v1/**", (route) => route.abort());
        // Nothing is kept on a device that has never been here.
        await me.context.addInitScript({ content: "if (location.protocol !== 'about:' && !sessionStorage.getItem('keeps')) indexedDB.deleteDatabase('confab-kept');" });
        await me.go("/");
        await page.getByText("The server can’t be reached").waitFor();
      },
      leave: async () => {
        await page.evaluate(() => {
          sessionStorage.setItem("keeps", "yes");
        });
        await page.unrouteAll();
      },
    },
    {
      name: "offline",
      show: async () => {
        await open(rooms.direct);
        await me.context.setOffline(true);
        await page.getByText("You are offline").waitFor();
        await me.say("For later");
        await page.getByText("Waiting to be sent").first().waitFor({ state: "attached" });
      },
      leave: async () => {
        await me.context.setOffline(false);
        await me.message("For later").last().getByText(/^(Sent|Seen)$/).waitFor({ state: "attached" });
      },
    },
    {
      name: "message refused",
      show: async () => {
        await open(rooms.direct);
        await me.say("not \u0001 text");
        await page.getByRole("button", { name: "Send again" }).waitFor();
      },
      leave: async () => {
        await page.getByRole("button", { name: "Discard" }).click();
        await page.getByRole("alertdialog").getByRole("button", { name: "Discard" }).click();
        await page.getByTestId("pending").waitFor({ state: "detached" });
      },
    },
    { name: "message too long", show: () => open(rooms.notes).then(() => me.composer.fill("long ".repeat(1_700))).then(() => page.getByText("over the limit of 8,000").waitFor()), leave: () => me.composer.fill("") },
    { name: "details of a room", show: () => details(rooms.trip).then(() => page.getByRole("button", { name: "Actions for Jonas" }).waitFor()) },
    { name: "details of a private conversation", show: () => details(rooms.direct) },
    { name: "notifications of a conversation", show: () => details(rooms.trip).then(() => page.getByRole("button", { name: /^Notifications/ }).click()).then(() => page.getByRole("radio", { name: /All messages/ }).waitFor()) },
    {
      name: "muted, and a draft",
      show: async () => {
        await me.api("PUT", `/rooms/${rooms.unread}/notify`, { level: "nothing" });
        await me.api("PUT", `/rooms/${rooms.notes}/draft`, { text: "Buy a stove" });
        await me.go("/");
        await page.getByText("Buy a stove").waitFor();
      },
      leave: async () => {
        await me.api("PUT", `/rooms/${rooms.unread}/notify`, { level: "all" });
        await me.api("PUT", `/rooms/${rooms.notes}/draft`, { text: "" });
      },
    },
    { name: "conversation menu", show: () => me.go("/").then(() => page.getByRole("link", { name: /Garden/ }).dispatchEvent("pointerdown", { pointerType: "touch", bubbles: true })).then(() => page.getByRole("menu").waitFor()) },
    {
      name: "somebody blocked",
      show: async () => {
        await me.api("PUT", `/me/blocked/${rooms.jonas}`);
        await open(rooms.trip, false);
        await page.getByRole("article", { name: "Message from someone you blocked" }).first().waitFor();
      },
    },
    { name: "private conversation with somebody blocked", show: () => open(rooms.direct, false).then(() => page.getByText("You blocked Jonas").waitFor()) },
    {
      name: "blocked people",
      show: async () => {
        await me.go("/settings");
        await page.getByRole("button", { name: "Unblock Jonas" }).scrollIntoViewIfNeeded();
      },
      leave: () => me.api("DELETE", `/me/blocked/${rooms.jonas}`),
    },
    { name: "block?", show: () => details(rooms.direct).then(() => page.getByRole("button", { name: "Block", exact: true }).click()).then(() => dialog("alertdialog")) },
    { name: "member", show: member },
    { name: "hand over?", show: () => member().then(() => choose("Hand the room over")).then(() => dialog("alertdialog")) },
    { name: "leave?", show: () => details(rooms.trip).then(() => page.getByRole("button", { name: "Leave the room" }).click()).then(() => dialog("alertdialog")) },
    { name: "add people", show: () => details(rooms.trip).then(() => page.getByRole("button", { name: "Add people" }).click()).then(() => page.getByRole("dialog").getByRole("button", { name: /Jonas/ }).waitFor()) },
    { name: "rename", show: () => details(rooms.trip).then(() => page.getByRole("button", { name: "Change name and topic" }).click()).then(() => dialog()) },
    { name: "message", show: () => actions("it is settled") },
    { name: "emoji", show: () => open(rooms.trip).then(() => page.getByRole("button", { name: "Insert an emoji" }).click()).then(() => page.getByRole("gridcell", { name: "grinning face", exact: true }).waitFor()) },
    {
      name: "emoji found",
      show: async () => {
        await actions("it is settled");
        await page.getByRole("button", { name: "React with another emoji" }).click();
        await page.getByRole("searchbox", { name: "Search emoji" }).fill("heart");
        await page.getByRole("gridcell", { name: "red heart", exact: true }).waitFor();
      },
    },
    {
      name: "emoji not found",
      show: async () => {
        await open(rooms.trip);
        await page.getByRole("button", { name: "Insert an emoji" }).click();
        await page.getByRole("searchbox", { name: "Search emoji" }).fill("zzzz");
        await page.getByText("No emoji by that name").waitFor();
      },
    },
    {
      name: "emoji suggested",
      show: async () => {
        await open(rooms.trip);
        await me.composer.pressSequentially("So :he");
        await page.getByRole("option").first().waitFor();
      },
      leave: () => me.composer.fill(""),
    },
    { name: "mentions", show: () => me.go("/mentions").then(() => page.getByRole("link", { name: /Go to the message of\s+Jonas/ }).waitFor()) },
    {
      name: "names suggested",
      show: async () => {
        await open(rooms.trip);
        await me.composer.pressSequentially("So @");
        await page.getByRole("option", { name: /Jonas/ }).waitFor();
      },
      leave: () => me.composer.fill(""),
    },
    {
      name: "everyone called in vain",
      show: async () => {
        await open(rooms.crowd);
        await me.composer.pressSequentially("@everyone, and @ever");
        await page.getByRole("option", { name: /Only admins/ }).waitFor();
        await page.getByText("@everyone will notify nobody").waitFor();
      },
      leave: () => me.composer.fill(""),
    },
    { name: "reply", show: () => actions("it is settled").then(() => choose("Reply")).then(() => page.getByRole("button", { name: "Cancel the reply" }).waitFor()) },
    {
      name: "whisper",
      show: async () => {
        await member();
        await choose("Whisper");
        await page.getByRole("textbox", { name: "Whisper to Jonas" }).fill("Psst");
        await page.getByTestId("whisper").getByText("Not before the weekend").waitFor();
      },
      leave: async () => {
        await page.getByRole("textbox", { name: "Whisper to Jonas" }).fill("");
        await page.getByRole("button", { name: "Stop whispering" }).click();
      },
    },
    {
      name: "edit",
      show: () => actions("it is settled").then(() => choose("Edit")).then(() => page.getByText("Editing your message").waitFor()),
      leave: () => page.getByRole("button", { name: "Cancel the edit" }).click(),
    },
    { name: "delete?", show: () => actions("it is settled").then(() => choose("Delete for everybody")).then(() => dialog("alertdialog")) },
    { name: "delete for oneself?", show: () => actions("it is settled").then(() => choose("Delete for me")).then(() => dialog("alertdialog")) },
    { name: "who reacted", show: () => actions("Agreed").then(() => choose("Who reacted")).then(() => page.getByRole("dialog").getByText("@jonas").waitFor()) },
    { name: "edit history", show: () => actions("mountains it is").then(() => choose("Edit history")).then(() => page.getByRole("dialog").getByText("Teh mountains").waitFor()) },
    { name: "pinned", show: () => open(rooms.trip).then(() => page.getByRole("button", { name: "1 pinned message" }).first().click()).then(() => page.getByRole("dialog").getByText("Pinned by").waitFor()) },
    { name: "page of a person", show: () => open(rooms.direct).then(() => page.getByRole("button", { name: "Details", exact: true }).first().click()).then(() => page.getByRole("link", { name: "Profile" }).click()).then(() => page.getByRole("heading", { name: "Rooms you share" }).waitFor()) },
    { name: "page of oneself", show: async () => me.go(`/u/${(await me.api<{ id: string }>("GET", "/me")).id}`).then(() => page.getByRole("button", { name: "Edit your profile" }).waitFor()) },
    { name: "page of nobody", show: () => me.go("/u/0000000000001").then(() => page.getByText("Nobody is here").waitFor()) },
    {
      name: "picture to be cut",
      show: async () => {
        await me.go("/settings");
        await page.locator('input[type="file"]').setInputFiles({ name: "me.png", mimeType: "image/png", buffer: png(300, 200) });
        await page.getByTestId("crop").waitFor();
      },
    },
    { name: "starred", show: () => me.go("/starred").then(() => page.getByRole("link", { name: /Go to the message of\s+Lena/ }).waitFor()) },
    { name: "new conversation", show: () => me.go("/").then(() => page.getByRole("button", { name: "New conversation" }).first().click()).then(() => page.getByRole("dialog").getByRole("button", { name: /Jonas/ }).waitFor()) },
    {
      name: "new room",
      show: async () => {
        await me.go("/");
        await page.getByRole("button", { name: "New conversation" }).first().click();
        await page.getByRole("button", { name: "Make a room for several" }).click();
        await page.getByRole("dialog").getByRole("button", { name: /Jonas/ }).click();
        await page.getByRole("button", { name: "Remove Jonas" }).waitFor();
      },
    },
    { name: "open rooms", show: () => me.go("/").then(() => page.getByRole("button", { name: "Browse open rooms" }).first().click()).then(() => page.getByRole("button", { name: "Join Town square" }).waitFor()) },
    {
      name: "new passing room",
      show: async () => {
        await me.go("/");
        await page.getByRole("button", { name: "New conversation" }).first().click();
        await page.getByRole("button", { name: "Make a room for several" }).click();
        await page.getByRole("radio", { name: /^Passing/ }).check();
        await page.getByRole("checkbox", { name: /Show it in the list/ }).check();
      },
    },
    {
      name: "passing room",
      show: async () => {
        const { id } = await me.api<{ id: string }>("POST", "/passing", { name: "Coffee corner", listed: true });
        await me.go(`/p/${id}`);
        await page.getByText("Nothing said here is kept").waitFor();
        await me.say("Anyone for a **quick** one, before the meeting?");
        await me.say("/me puts the kettle on");
        await me.message("puts the kettle on").waitFor();
        await me.say("not \u0001 text");
        await page.getByRole("button", { name: "Send again" }).waitFor();
      },
    },
    {
      name: "people in a passing room",
      show: async () => {
        const { id } = await me.api<{ id: string }>("POST", "/passing", { name: "Stairs" });
        await me.go(`/p/${id}`);
        const people = page.getByRole("button", { name: "Here now" });
        await people.waitFor();
        if ((await people.getAttribute("aria-expanded")) === "false") await people.click();
        await page.getByRole("region", { name: "Here now" }).getByText("@mara").waitFor();
      },
    },
    { name: "passing room gone", show: () => me.go("/p/0000000000001").then(() => page.getByText("This room is gone").waitFor()) },
    {
      name: "settings",
      show: async () => {
        await me.go("/settings");
        await page.getByText("This one").waitFor();
        await page.getByLabel("Display name").fill(`${me.shown} of the hill`);
        await page.getByRole("button", { name: "Save" }).click();
        await page.getByText("Saved").waitFor();
      },
    },
    {
      name: "password refused",
      show: async () => {
        await me.go("/settings");
        await page.getByLabel("Current password").fill("not mine at all");
        await page.getByLabel("New password").fill("another good long one");
        await page.getByRole("button", { name: "Change password" }).click();
        await page.getByText("The current password is wrong").waitFor();
      },
    },
    ...site(me, rooms),
    {
      name: "conversations on their way",
      show: async () => {
        await cut(LIVE, () => undefined);
        await me.go("/");
        await page.getByRole("status", { name: "Loading Confab" }).waitFor();
      },
      leave: online,
    },
    {
      name: "what was seen last, without the server",
      show: async () => {
        const settled = me.message("it is settled");
        // What is kept as the page goes may come too late for the page after it: then once more.
        await eventually(async () => {
          await open(rooms.trip);
          await settled.waitFor();
          await page.evaluate(() => {
            dispatchEvent(new Event("pagehide"));
          });
          await cut("**/api/v1/**", (route) => route.abort());
          await page.reload();
          if (await settled.waitFor({ timeout: 5_000 }).then(() => true, () => false)) return true;
          await online();
          return undefined;
        }, "the conversations as they were kept");
        await page.getByText("Not connected").waitFor();
      },
      leave: online,
    },
    {
      name: "session ended",
      show: async () => {
        await me.go("/");
        await page.getByRole("heading", { name: "Conversations" }).first().waitFor();
        const other = await fetch(`${new URL(page.url()).origin}/api/v1/session`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ name: me.name, password: PASSWORD, token: true }),
        });
        const { token } = (await other.json()) as { token: string };
        await fetch(`${new URL(page.url()).origin}/api/v1/me/sessions`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } });
        await page.getByText("Your session has ended").waitFor();
        // What stands in for the socket since the stops before hands on to the real one what comes after its end.
        const others = me.complaints.filter((c) => !c.startsWith("WebSocket is already in CLOSING or CLOSED state"));
        me.complaints.splice(0, me.complaints.length, ...others);
      },
    },
  ];
}

/** Who looks on from nowhere: enough to ask for the names of the stops. */
const NOBODY: object = new Proxy(() => undefined, { get: () => NOBODY, apply: () => NOBODY });
const FIRST_USE = "first use";

/** What the stops are called, in the order of the way. */
export function names(): string[] {
  const nobody = NOBODY as Person;
  return [...outside(nobody).map((s) => s.name), FIRST_USE, ...inside(nobody, NOBODY as Rooms).map((s) => s.name)];
}

/** Walks the whole way on a server of its own, and looks at each stop. */
export async function tour(
  person: (base: string) => Promise<Person>,
  look: (stop: string, me: Person) => Promise<void>,
  content = EXTREMES,
): Promise<void> {
  const server = await Server.start();
  const base = `http://${server.host}`;
  const me = await person(base);
  const missed: string[] = [];
  const walk = async (stops: readonly Stop[]) => {
    for (const stop of stops.filter((s) => s.name.includes(ONLY))) {
      // One stop that can't be reached hides nothing of the others.
      try {
        await stop.show();
        await look(stop.name, me);
      } catch (error) {
        missed.push(`${stop.name}: ${String(error)}`);
      }
      await stop.leave?.();
    }
    if (missed.length > 0) throw new Error(missed.join("\n\n"));
  };
  try {
    await walk(outside(me));
    await me.signUp();
    if (FIRST_USE.includes(ONLY)) await look(FIRST_USE, me);
    await walk(inside(me, await furnish(base, me, content)));
  } finally {
    await me.context.close();
    await server.stop();
  }
}
