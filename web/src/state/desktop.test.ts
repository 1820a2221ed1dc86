import { beforeEach, describe, expect, it } from "vitest";
import { Desktop, type Notice, type Platform } from "./desktop";

interface Standing {
  readonly title: string;
  readonly tag: string;
  readonly data: unknown;
  close(): void;
}

let standing: Standing[];
let pressed: number;
let made: { onclick: unknown; closed: boolean }[];

const registration = {
  active: {} as ServiceWorker,
  showNotification: (title: string, options: NotificationOptions = {}) => {
    const one: Standing = {
      title,
      tag: options.tag ?? "",
      data: options.data,
      close: () => (standing = standing.filter((s) => s !== one)),
    };
    standing = [...standing.filter((s) => s.tag !== one.tag), one];
    return Promise.resolve();
  },
  getNotifications: ({ tag }: { tag?: string } = {}) =>
    Promise.resolve(standing.filter((s) => tag === undefined || s.tag === tag) as unknown as Notification[]),
};

function platform(found: Awaited<ReturnType<Platform["registration"]>>, may = true): Platform {
  return {
    registration: () => Promise.resolve(found),
    make: () => {
      if (!may) throw new TypeError("Illegal constructor");
      const one = { onclick: null as unknown, closed: false, close: () => void (one.closed = true) };
      made.push(one);
      return one as unknown as Notification;
    },
  };
}
const notice = (tag: string): Notice => ({
  title: `about ${tag}`,
  options: { tag, data: { path: `/r/a/${tag}`, placed: { room: "a", seq: 1 } } },
});
const titles = (): string[] => standing.map((s) => s.title);
const onOpen = (): void => void pressed++;

beforeEach(() => {
  standing = [];
  made = [];
  pressed = 0;
});

describe("the desktop", () => {
  it("shows by the service worker where there is one, for a page may not on phones", async () => {
    const desktop = new Desktop(platform(registration, false));
    const shown = desktop.show(notice("m1"), onOpen);
    await expect.poll(titles).toEqual(["about m1"]);
    expect(standing[0]!.data).toMatchObject({ path: "/r/a/m1" });
    shown.close();
    await expect.poll(titles).toEqual([]);
  });

  it("closes what was not shown yet when it was read", async () => {
    const desktop = new Desktop(platform(registration));
    desktop.show(notice("m1"), onOpen).close();
    desktop.show(notice("m2"), onOpen);
    await expect.poll(titles).toEqual(["about m2"]);
  });

  it("shows a message once, from however many pages", async () => {
    for (const desktop of [new Desktop(platform(registration)), new Desktop(platform(registration))])
      desktop.show(notice("m1"), onOpen);
    await expect.poll(titles).toEqual(["about m1"]);
  });

  it("shows by the page where there is no worker, or none that runs", async () => {
    for (const found of [undefined, { ...registration, active: null }]) {
      made = [];
      const shown = new Desktop(platform(found)).show(notice("m1"), onOpen);
      await expect.poll(() => made.length).toBe(1);
      (made[0]!.onclick as () => void)();
      shown.close();
      await expect.poll(() => made[0]!.closed).toBe(true);
    }
    expect([pressed, titles()]).toEqual([2, []]);
  });

  it("is still where the browser allows neither", async () => {
    const desktop = new Desktop(platform(undefined, false));
    desktop.show(notice("m1"), onOpen).close();
    expect(await desktop.standing()).toEqual([]);
  });

  it("knows what stands there from before, and by what it is read", async () => {
    await registration.showNotification("of an older version", { tag: "m0" });
    new Desktop(platform(registration)).show(notice("m1"), onOpen);
    await expect.poll(titles).toHaveLength(2);
    const [left, ...more] = await new Desktop(platform(registration)).standing();
    expect([left!.placed, more]).toEqual([{ room: "a", seq: 1 }, []]);
    left!.close();
    expect(titles()).toEqual(["of an older version"]);
  });
});
