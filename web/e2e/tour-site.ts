/* The list of keys, the screens of the administrators' site, and where links lead: part of the tour. */
import type { Person } from "./chromium";
import type { Rooms, Stop } from "./tour";

export function site(me: Person, rooms: Rooms): Stop[] {
  const { page } = me;
  let archived = "";
  const admin = async (section: string) => {
    await me.go(section === "" ? "/admin" : `/admin/${section}`);
    await page.getByRole("heading", { name: "Administration" }).waitFor();
  };
  const link = () => page.getByTestId("link").waitFor();
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const person = page.getByTestId("admin").getByRole("link", { name: /Jonas/ });
  /* By way of elsewhere: another secret behind the same address is no new page. */
  const follow = async (path: string) => {
    await page.goto("about:blank");
    await me.go(path);
  };
  return [
    {
      name: "keyboard shortcuts",
      show: async () => {
        await me.go("/");
        await page.getByRole("heading", { name: "Conversations" }).first().waitFor();
        await page.keyboard.press("?");
        await page.getByRole("dialog").getByText("This list").waitFor();
      },
    },
    {
      name: "site: overview",
      show: () => admin("").then(() => page.getByText("Messages a minute").waitFor()),
    },
    {
      name: "site: an hour of figures",
      show: async () => {
        await page.route("**/api/v1/admin/figures", async (route) => {
          const now = (await (await route.fetch()).json()) as { memory_bytes: number; disk_bytes: number };
          const minutes = Array.from({ length: 60 }, (_, i) => ({
            at: Date.now() - (60 - i) * 60_000,
            messages: Math.round(40 + 22 * Math.sin(i / 9) + 8 * Math.sin(i * 1.7)),
            online: Math.round(15 + 3 * Math.sin(i / 8)),
            memory_bytes: now.memory_bytes,
            disk_bytes: now.disk_bytes + i * 10_000,
          }));
          await route.fulfill({ json: { ...now, minutes } });
        });
        await admin("");
        await page.getByText("In the last hour between 12 and 18").waitFor();
      },
      leave: () => page.unroute("**/api/v1/admin/figures"),
    },
    { name: "site: people", show: () => admin("people").then(() => person.waitFor()) },
    {
      name: "site: new account",
      show: async () => {
        await admin("people");
        await button("New account").click();
        await page.getByLabel("Name to be found by").fill("nobody-yet");
        await button("Make the account").click();
        await link();
      },
    },
    {
      name: "site: person",
      show: async () => {
        await admin("people");
        await person.click();
        await button("Make a link for a new password").click();
        await link();
      },
    },
    {
      name: "site: disable?",
      show: async () => {
        await admin("people");
        await person.click();
        await button("Disable the account").click();
        await page.getByRole("alertdialog").waitFor();
      },
    },
    {
      name: "site: rooms",
      show: async () => {
        archived = (
          await me.api<{ room: { id: string } }>("POST", "/rooms", {
            kind: "open",
            name: "Last year",
            topic: "How it was",
          })
        ).room.id;
        await me.api("POST", `/rooms/${archived}/messages`, {
          client_id: "last-year",
          text: "Until next year",
        });
        await me.api("PATCH", `/admin/rooms/${archived}`, { archived: true });
        await admin("rooms");
        await page.getByTestId("admin").getByRole("link", { name: "Summer trip" }).waitFor();
      },
    },
    {
      name: "site: room",
      show: () => admin(`rooms/${rooms.trip}`).then(() => button("Make owner: Jonas").waitFor()),
    },
    {
      name: "site: messages",
      show: () => admin("messages").then(() => page.getByText("Nothing was reported.").waitFor()),
    },
    {
      name: "site: invites",
      show: () =>
        admin("invites")
          .then(() => button("Make a link").click())
          .then(link),
    },
    {
      name: "site: settings",
      show: () => admin("settings").then(() => page.getByLabel("Name of the server").waitFor()),
    },
    {
      name: "site: audit",
      show: async () => {
        await admin("audit");
        await button("Check that it is whole").click();
        await page.getByText(/lines?: whole/).waitFor();
      },
    },
    {
      name: "site: archived room",
      show: () => me.go(`/r/${archived}`).then(() => page.getByText("This room is archived").waitFor()),
    },
    {
      name: "site: invite by link",
      show: async () => {
        await follow(`/r/${rooms.trip}`);
        await me.composer.waitFor();
        await button("Details").first().click();
        await button("Invite by link").click();
        await button("Make a link").click();
        await link();
      },
    },
    {
      name: "site: remove as administrator",
      show: async () => {
        await follow(`/r/${rooms.trip}`);
        const row = me.message("Agreed").last();
        await row.focus();
        await row.press("Enter");
        await page.getByRole("menuitem", { name: "Remove as administrator" }).click();
        await page.getByLabel("Reason").fill("Far too long a word");
      },
    },
    {
      name: "site: invited",
      show: async () => {
        await me.go("/");
        const { token } = await me.api<{ token: string }>("POST", `/rooms/${rooms.trip}/invites`, {});
        await follow(`/join#${token}`);
        await page.getByRole("heading", { name: "You are invited to Summer trip" }).waitFor();
      },
    },
    {
      name: "site: invite that leads nowhere",
      show: () => follow("/join#nothing").then(() => page.getByRole("alert").waitFor()),
    },
    {
      name: "site: new password",
      show: async () => {
        await me.go("/");
        const { items } = await me.api<{ items: { user: { id: string; name: string } }[] }>(
          "GET",
          "/admin/users?q=jonas",
        );
        const { token } = await me.api<{ token: string }>(
          "POST",
          `/admin/users/${items[0]?.user.id ?? ""}/reset`,
        );
        await follow(`/reset#${token}`);
        await page.getByRole("heading", { name: "New password for Jonas" }).waitFor();
      },
    },
    {
      name: "site: link that was used",
      show: () => follow("/reset#nothing").then(() => page.getByRole("alert").waitFor()),
    },
  ];
}
