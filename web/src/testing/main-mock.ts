/* The client with a server in memory (`npm run mock`): every screen and state without anything else running.
 * ?as=guest starts signed out, ?as=fresh on an empty server. */
import { startApp } from "../app";
import { FakeServer } from "./fake-server";

const server = new FakeServer();
const as = new URLSearchParams(location.search).get("as") ?? sessionStorage.getItem("as") ?? "alma";
sessionStorage.setItem("as", as);

const DAY = 86_400_000;
const MINUTE = 60_000;

function fill(): void {
  const me = server.addUser("alma", "Alma");
  const bruno = server.addUser("bruno", "Bruno");
  const chidi = server.addUser("chidi", "Chidi");
  const dalia = server.addUser("dalia.r", "Dalia");
  const emi = server.addUser("emi", "Emi");
  for (const [user, state] of [
    [bruno, "online"],
    [dalia, "away"],
    [emi, "online"],
  ] as const) {
    server.presence.set(user.id, { user: user.id, state });
  }
  server.presence.set(chidi.id, {
    user: chidi.id,
    state: "offline",
    last_seen_at: Date.now() - 3 * 3_600_000,
  });
  const start = Date.now() - 3 * DAY;

  const garden = server.addRoom(
    "group",
    [me, bruno, dalia, emi],
    "Garden plan",
    "Beds, seeds and who waters when",
    start,
  );
  server.notice(garden, me, { kind: "created", name: "Garden plan" }, start);
  const say = (who: typeof me, text: string, minutes: number, more = {}): ReturnType<typeof server.post> =>
    server.post(garden, who, text, { at: start + minutes * MINUTE, ...more });
  say(me, "Good morning! The soil is **finally** warm enough. Shall we plan the beds?", 3);
  const seeds = say(
    bruno,
    "Yes. I have seeds left from last year:\n\n- beans\n- two kinds of kale\n- marigolds for the edge",
    6,
  );
  say(bruno, "And half a bag of compost.", 7);
  say(
    dalia,
    "I would like to try tomatoes on the south wall. There is a good page about it: https://example.org/tomatoes-on-walls",
    12,
  );
  server.notice(garden, me, { kind: "added", subject: emi }, start + 60 * MINUTE);
  say(emi, "Hello everyone 🌱", 62);
  say(me, "Welcome Emi!", 63);
  say(me, "> two kinds of kale\n\nOne is enough for me, honestly.", 64);
  say(emi, "Kale is good for you", DAY / MINUTE + 5, { reply_to: seeds.seq });
  const gone = say(bruno, "wrong room", DAY / MINUTE + 6);
  server.delete(garden, gone);
  say(
    dalia,
    "Watering rota as `cron`, because why not:\n```\n0 7 * * 1,4  bruno\n0 7 * * 2,5  dalia\n0 19 * * 6   emi\n```",
    2 * (DAY / MINUTE) + 30,
  );
  const fix = say(me, "I can take Sundays.", 2 * (DAY / MINUTE) + 33);
  server.edit(garden, fix, "I can take Sundays, and Wednesdays if nobody minds.");
  say(bruno, "Perfect.", 2 * (DAY / MINUTE) + 40);
  say(bruno, "@alma, can you bring the ladder? @here: who has gloves?", 3 * (DAY / MINUTE) - 60);
  say(emi, "Then it is settled. I bring *lemonade* on Saturday.", 3 * (DAY / MINUTE) - 50);
  for (const u of [bruno, dalia]) server.read(garden, u, garden.room.head);
  server.read(garden, emi, fix.seq);
  server.read(garden, me, garden.room.head - 2);

  const direct = server.addRoom("direct", [me, bruno], "", "", start);
  server.post(direct, bruno, "Are you coming on Saturday?", { at: Date.now() - 26 * MINUTE });
  server.post(direct, me, "Yes, around ten. Shall I bring the ladder?", { at: Date.now() - 24 * MINUTE });
  server.post(direct, bruno, "That would be great, thank you!", { at: Date.now() - 23 * MINUTE });
  server.post(direct, bruno, "The gate code is the same as before.", { at: Date.now() - 22 * MINUTE });
  server.read(direct, me, direct.room.head);
  server.read(direct, bruno, direct.room.head);

  const history = server.addRoom(
    "open",
    [me, bruno, chidi, dalia],
    "Long history",
    "Five thousand lines to scroll through",
    start - 300 * DAY,
  );
  const crowd = [bruno, chidi, dalia, emi];
  for (let i = 0; i < 5_000; i++) {
    const at = start - 300 * DAY + i * 70 * MINUTE;
    server.post(
      history,
      crowd[(i * 7 + (i >> 3)) % 4]!,
      `Line ${String(i + 1)} of the long history${i % 9 === 0 ? ", and this one is long enough that it has to be broken over more than a single line on every screen there is" : ""}`,
      { at },
    );
  }
  server.read(history, me, history.room.head - 140);

  server.addRoom("open", [chidi, dalia], "Neighbourhood", "Everything about our street", start);
  const notes = server.addRoom("direct", [me], "", "", start);
  server.post(notes, me, "Call the plumber on Monday", { at: start + MINUTE });
  const chat = server.addRoom("direct", [me, chidi], "", "", start);
  server.post(chat, chidi, "See you then", { at: Date.now() - 2 * DAY });
  server.read(chat, me, chat.room.head);
  if (as !== "guest") server.signedIn = me.id;
}

if (as !== "fresh") fill();
const app = startApp(server.fetch, [server.transport()]);
Object.assign(window, { fake: server, confab: app });
