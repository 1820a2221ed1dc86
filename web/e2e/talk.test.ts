/* Two people at once, on a desk and on a phone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Server } from "../../tests/wire/harness/server";
import { DESK, launch, Person, PHONE } from "./chromium";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
});

for (const [device, size] of [
  ["a desk", DESK],
  ["a phone", PHONE],
] as const) {
  describe(`on ${device}`, () => {
    let server: Server;
    let mara: Person, jonas: Person;

    beforeAll(async () => {
      server = await Server.start();
      const base = `http://${server.host}`;
      mara = await (await Person.at(browser, base, "mara", { size })).signUp();
      jonas = await (await Person.at(browser, base, "jonas", { size, dark: true })).signUp();
    });
    afterAll(async () => {
      await mara.context.close();
      await jonas.context.close();
      await server.stop();
    });

    test("whoever comes for the first time is refused nothing, and the console stays clean", async () => {
      const nobody = await Person.at(browser, `http://${server.host}`, "nobody", { size });
      const said: string[] = [];
      nobody.page.on("console", (message) => {
        if (message.type() === "error") said.push(message.text());
      });
      nobody.page.on("response", (answer) => {
        if (answer.status() >= 400) said.push(`${String(answer.status())} ${answer.url()}`);
      });
      await nobody.go("/");
      await nobody.page.getByRole("button", { name: "Sign in" }).waitFor();
      expect(said).toEqual([]);
      await nobody.context.close();
    });

    test("the first account owns the server", async () => {
      expect((await mara.api<{ role: string }>("GET", "/me")).role).toBe("owner");
      expect((await jonas.api<{ role: string }>("GET", "/me")).role).toBe("member");
    });

    test("a private conversation, live both ways, with unread marks, typing and seen-by", async () => {
      await mara.talkTo("Jonas");
      await mara.say("Hello **Jonas**!");
      await mara.message("Hello Jonas!").getByText("Sent", { exact: true }).waitFor({ state: "attached" });
      // He is elsewhere: the list and the title tell.
      await jonas.page.getByText("1 unread message").waitFor({ state: "attached" });
      await expect.poll(() => jonas.page.title()).toMatch(/^\(1\)/);
      await jonas.openConversation("Mara");
      await expect.poll(() => jonas.page.title()).not.toMatch(/^\(1\)/);
      await expect.poll(() => jonas.message("Hello Jonas!").locator("strong").textContent()).toBe("Jonas");
      await mara.page.getByTestId("seen").filter({ hasText: "Jonas" }).waitFor({ state: "attached" });
      await jonas.composer.pressSequentially("Hi");
      await mara.page.getByText("Jonas is writing").filter({ visible: true }).first().waitFor();
      await jonas.say("Hi Mara, good to see you here.");
      await mara.message("good to see you here").waitFor();
      // His picture stands at a later line now; hers keeps its mark.
      await mara.message("Hello Jonas!").getByTitle("Seen").waitFor({ state: "attached" });
      await expect.poll(() => mara.page.getByText("Jonas is writing").count()).toBe(0);
    });

    test("edit, reply and delete reach the other side", async () => {
      await jonas.say("Teh bus leaves at nine");
      await mara.message("Teh bus").waitFor();
      await jonas.composer.press("ArrowUp");
      await expect.poll(() => jonas.composer.inputValue()).toBe("Teh bus leaves at nine");
      await jonas.composer.fill("The bus leaves at nine");
      await jonas.page.getByRole("button", { name: "Save the change" }).click();
      await mara.message("The bus leaves at nine").getByText("edited").waitFor({ state: "attached" });
      const row = mara.message("The bus leaves at nine");
      await row.focus();
      await row.press("Enter");
      await mara.page.getByRole("menuitem", { name: "Reply" }).click();
      await mara.page.getByText("Reply to Jonas").waitFor();
      await mara.say("I will be there");
      await jonas.message("I will be there").getByTitle("Go to the original message").getByText("The bus leaves at nine").waitFor();
      const page = await mara.api<{ messages: { id: string; room: string; text: string }[] }>(
        "GET",
        `/rooms/${mara.page.url().split("/r/")[1] ?? ""}/messages`,
      );
      const mine = page.messages.find((m) => m.text === "I will be there");
      await mara.api("DELETE", `/rooms/${mine?.room ?? ""}/messages/${mine?.id ?? ""}`);
      await jonas.page.getByRole("log").getByText("Message deleted").first().waitFor();
      await expect.poll(() => jonas.message("I will be there").count()).toBe(0);
    });

    test("what someone writes is never markup of the page", async () => {
      const nasty = '<img src=x onerror="document.title=1"><script>document.title="owned"</script> [x](javascript:alert(1))';
      await jonas.say(nasty);
      const row = mara.message("document.title");
      await row.waitFor();
      await expect.poll(() => row.locator("img, script").count()).toBe(0);
      await expect.poll(() => row.locator('a[href^="javascript"]').count()).toBe(0);
      await expect.poll(() => mara.page.title()).not.toContain("owned");
    });

    test("a group, and an open room that the other finds and joins", async () => {
      const me = await jonas.api<{ id: string }>("GET", "/me");
      await mara.api("POST", "/rooms", { kind: "group", name: "Summer trip", members: [me.id] });
      await mara.api("POST", "/rooms", { kind: "open", name: "Town square", topic: "For all" });
      await jonas.go("/");
      await jonas.openConversation("Summer trip");
      await jonas.page.getByRole("log").getByText("Mara added Jonas").waitFor();
      await jonas.go("/");
      await jonas.page.getByRole("searchbox", { name: "Search people and rooms" }).fill("town");
      await jonas.page.getByRole("button", { name: /Town square/ }).click();
      await jonas.page.getByRole("button", { name: "Join this room" }).click();
      await jonas.say("Anyone here?");
      await mara.go("/");
      await mara.openConversation("Town square");
      await mara.message("Anyone here?").waitFor();
      await mara.page.getByRole("log").getByText("Jonas joined").waitFor();
    });

    test("history loads as one scrolls, and what one reads stays where it is", async () => {
      const room = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Long" });
      for (let i = 1; i <= 120; i++)
        await mara.api("POST", `/rooms/${room.room.id}/messages`, { client_id: `h${String(i)}`, text: `line ${String(i)} of many` });
      await mara.go(`/r/${room.room.id}`);
      await mara.message("line 120 of many").waitFor();
      const log = mara.page.getByRole("log");
      // The row on top of the window before, and where it is after what stands above it was loaded.
      const jump = await log.evaluate(async (scroller) => {
        const rows = () => [...scroller.querySelectorAll<HTMLElement>("article[data-seq]")];
        const first = rows()[0]?.dataset["seq"] ?? "";
        scroller.scrollTop = 0;
        await new Promise(requestAnimationFrame);
        const anchor = rows().find((r) => r.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top + 40);
        const before = anchor?.getBoundingClientRect().top ?? 0;
        const seq = anchor?.dataset["seq"] ?? "";
        for (let i = 0; i < 600 && rows()[0]?.dataset["seq"] === first; i++) await new Promise(requestAnimationFrame);
        const loaded = rows()[0]?.dataset["seq"] !== first;
        const after = scroller.querySelector<HTMLElement>(`article[data-seq="${seq}"]`)?.getBoundingClientRect().top ?? NaN;
        return { loaded, moved: Math.abs(after - before) };
      });
      expect(jump.loaded).toBe(true);
      expect(jump.moved).toBeLessThanOrEqual(2);
    });

    test("what stood in view is read, and what is below is not", async () => {
      const me = await jonas.api<{ id: string }>("GET", "/me");
      const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Busy", members: [me.id] });
      for (let i = 1; i <= 60; i++)
        await mara.api("POST", `/rooms/${room.id}/messages`, { client_id: `b${String(i)}`, text: `news ${String(i)} of sixty` });
      await jonas.go(`/r/${room.id}`);
      await jonas.message("news 1 of sixty").waitFor();
      const pill = jonas.page.getByRole("button", { name: /new messages?$/ });
      const left = async (): Promise<number> => Number(/\d+/.exec((await pill.textContent()) ?? "")?.[0] ?? NaN);
      await expect.poll(left).toBeLessThan(60);
      const first = await left();
      expect(first).toBeGreaterThan(20);
      await jonas.page.getByRole("log").evaluate((log) => log.scrollBy(0, 400));
      await expect.poll(left).toBeLessThan(first);
      // The server knows it too.
      const unread = async (): Promise<number> => {
        const entry = await jonas.api<{ room: { count: number }; read: { ordinal: number } }>("GET", `/rooms/${room.id}/entry`);
        return entry.room.count - entry.read.ordinal;
      };
      await expect.poll(unread).toBe(await left());
      await pill.click();
      await pill.waitFor({ state: "detached" });
      await expect.poll(unread).toBe(0);
    });

    test("a very long message is folded, and shown whole for the asking", async () => {
      const lines = Array.from({ length: 70 }, (_, i) => `- point ${String(i + 1)} of the plan`).join("\n");
      await jonas.say(lines);
      const row = jonas.kept("point 1 of the plan");
      const bubble = row.locator(".content");
      const height = async (): Promise<number> => (await bubble.boundingBox())?.height ?? 0;
      await row.getByRole("button", { name: "Show all" }).waitFor();
      const folded = await height();
      expect(folded).toBeLessThan(600);
      await row.getByRole("button", { name: "Show all" }).click();
      await expect.poll(height).toBeGreaterThan(1_000);
      await row.getByRole("button", { name: "Show less" }).click();
      await expect.poll(height).toBe(folded);
      // By keyboard; and what is folded away takes no room below the last line.
      await row.focus();
      await row.press("Enter");
      await jonas.page.getByRole("menuitem", { name: "Show all" }).click();
      await expect.poll(height).toBeGreaterThan(1_000);
      await row.getByRole("button", { name: "Show less" }).click();
      await jonas.say("Short again");
      const end = jonas.message("Short again");
      await end.waitFor();
      const gap = async (): Promise<number> => {
        const [log, last] = await Promise.all([jonas.page.getByRole("log").boundingBox(), end.boundingBox()]);
        return (log?.y ?? 0) + (log?.height ?? 0) - (last?.y ?? 0) - (last?.height ?? 0);
      };
      await expect.poll(gap).toBeLessThan(60);
    });

    test("an address that leads nowhere says so", async () => {
      await jonas.go("/no/such/page");
      await jonas.page.getByRole("heading", { name: "There is nothing here" }).waitFor();
      await jonas.page.getByRole("button", { name: "To your conversations" }).click();
      await jonas.page.getByRole("searchbox").waitFor();
    });

    test("nothing complained", () => {
      expect(mara.complaints).toEqual([]);
      expect(jonas.complaints).toEqual([]);
    });
  });
}

test("the time of day keeps its own direction in a message that runs from right to left", async () => {
  const server = await Server.start();
  const mara = await (await Person.at(browser, `http://${server.host}`, "mara", { locale: "en-US" })).signUp();
  const { room } = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "group", name: "Home" });
  await mara.api("POST", `/rooms/${room.id}/messages`, { client_id: "r", text: "שלום עולם" });
  await mara.go(`/r/${room.id}`);
  const time = mara.message("שלום").locator("time");
  await expect.poll(() => time.textContent()).toMatch(/\d.[AP]M$/);
  // Each letter of it stands to the right of the one before.
  const places = await time.evaluate((node) => {
    const text = node.firstChild!;
    return [...text.textContent!].map((_, i) => {
      const range = document.createRange();
      range.setStart(text, i);
      range.setEnd(text, i + 1);
      return range.getBoundingClientRect().left;
    });
  });
  expect(places).toEqual([...places].sort((a, b) => a - b));
  await mara.context.close();
  await server.stop();
});

test("nothing is wider than the narrowest phone", async () => {
  const server = await Server.start();
  const mara = await Person.at(browser, `http://${server.host}`, "mara", { size: { width: 320, height: 568 } });
  await mara.go("/signup");
  expect(await mara.overflows()).toEqual([]);
  await mara.signUp();
  const room = await mara.api<{ room: { id: string } }>("POST", "/rooms", { kind: "open", name: "A room with a rather long name that goes on and on" });
  await mara.api("POST", `/rooms/${room.room.id}/messages`, { client_id: "w", text: `${"w".repeat(300)}\n\n\`\`\`\n${"code ".repeat(60)}\n\`\`\`` });
  for (const path of ["/", `/r/${room.room.id}`, "/settings"]) {
    await mara.go(path);
    await mara.page.getByRole("heading").first().waitFor();
    expect(await mara.overflows(), path).toEqual([]);
  }
  await mara.context.close();
  await server.stop();
});
