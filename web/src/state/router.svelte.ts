/* Where one is, by the History API. Details of a room are a step of their own on the same address, so that "back" on a
 * phone leads from them to the conversation. So is whatever lies over the page, however much it is: "back" takes the topmost
 * off. Closed otherwise, its step is gone back over; who goes on from there goes in its place. */
export type Route =
  | { readonly name: "home" }
  | {
      readonly name: "room";
      readonly room: string;
      readonly details: boolean;
      readonly at?: number;
      /** The one at that place. */
      readonly whisper?: string;
    }
  | { readonly name: "passing"; readonly room: string }
  | { readonly name: "person"; readonly person: string }
  | { readonly name: "mentions" }
  | { readonly name: "starred" }
  | { readonly name: "settings" }
  | { readonly name: "admin"; readonly section: AdminSection; readonly id?: string }
  | { readonly name: "join" }
  | { readonly name: "reset" }
  | { readonly name: "signin" | "signup"; /** Where one was going. */ readonly to?: string }
  | { readonly name: "missing"; readonly path: string };

const SECTIONS = ["overview", "people", "rooms", "messages", "invites", "settings", "audit"] as const;
export type AdminSection = (typeof SECTIONS)[number];

/** What the history keeps beside an address. */
interface Place {
  readonly details?: boolean;
  readonly to?: string;
  /** The step of what lies over the page. */
  readonly over?: boolean;
}

/** What lies over the page. */
export interface Cover {
  readonly lies: boolean;
  close(): void;
  clear(): void;
}

export function parseRoute(path: string, place: Place | null): Route {
  const room = /^\/r\/([^/]+)(?:\/(\d{1,15})(?:\/(\w+))?)?\/?$/.exec(path);
  if (room)
    return {
      name: "room",
      room: decodeURIComponent(room[1]!),
      details: place?.details === true,
      ...(room[2] === undefined ? {} : { at: Number(room[2]) }),
      ...(room[3] === undefined ? {} : { whisper: room[3] }),
    };
  const passing = /^\/p\/([^/]+)\/?$/.exec(path);
  if (passing) return { name: "passing", room: decodeURIComponent(passing[1]!) };
  const person = /^\/u\/([^/]+)\/?$/.exec(path);
  if (person) return { name: "person", person: decodeURIComponent(person[1]!) };
  if (path === "/mentions") return { name: "mentions" };
  if (path === "/starred") return { name: "starred" };
  if (path === "/settings") return { name: "settings" };
  const admin = /^\/admin(?:\/(\w+)(?:\/(\w+))?)?\/?$/.exec(path);
  if (admin) {
    const section = SECTIONS.find((s) => s === (admin[1] ?? "overview"));
    if (section) return { name: "admin", section, ...(admin[2] === undefined ? {} : { id: admin[2] }) };
  }
  if (path === "/join") return { name: "join" };
  if (path === "/reset") return { name: "reset" };
  if (path === "/signin" || path === "/signup") {
    const to = place?.to;
    return { name: path === "/signin" ? "signin" : "signup", ...(to === undefined ? {} : { to }) };
  }
  return path === "/" ? { name: "home" } : { name: "missing", path };
}

export function pathOf(route: Route): string {
  switch (route.name) {
    case "home":
      return "/";
    case "room":
      return ["/r", encodeURIComponent(route.room), route.at, route.whisper]
        .filter((part) => part !== undefined)
        .join("/");
    case "missing":
      return route.path;
    case "passing":
      return `/p/${encodeURIComponent(route.room)}`;
    case "admin": {
      const { section, id } = route;
      return `/admin${section === "overview" ? "" : `/${section}${id === undefined ? "" : `/${id}`}`}`;
    }
    case "person":
      return `/u/${encodeURIComponent(route.person)}`;
    default:
      return `/${route.name}`;
  }
}

function placeOf(route: Route): Place {
  if (route.name === "room") return { details: route.details };
  return "to" in route ? { to: route.to } : {};
}

function same(a: Route, b: Route): boolean {
  return pathOf(a) === pathOf(b) && placeOf(a).details === placeOf(b).details;
}

export class Router {
  route = $state.raw<Route>({ name: "home" });
  cover: Cover | undefined;
  readonly #window: Window;
  /** On the way back from the step of what lay over the page; what is done when one is there. */
  #then: (() => void) | undefined;

  constructor(window: Window) {
    this.#window = window;
    this.route = this.#here();
    // What lay over the page before it was loaded anew does not lie there now.
    if (this.#place?.over) this.#write(this.route, true);
    window.addEventListener("popstate", () => {
      this.#popped();
    });
  }

  get #place(): Place | null {
    return this.#window.history.state as Place | null;
  }

  #here(): Route {
    return parseRoute(this.#window.location.pathname, this.#place);
  }

  #write(route: Route, replace: boolean): void {
    this.#window.history[replace ? "replaceState" : "pushState"](placeOf(route), "", pathOf(route));
  }

  #popped(): void {
    if (this.#then) {
      const then = this.#then;
      this.#then = undefined;
      then();
      return;
    }
    const here = this.#here();
    const { cover } = this;
    if (cover?.lies && !this.#place?.over) {
      if (same(here, this.route)) {
        cover.close();
        if (cover.lies) this.covered();
        return;
      }
      cover.clear();
    }
    this.route = here;
  }

  #back(then: () => void): void {
    this.#then = then;
    this.#window.history.back();
  }

  /** Something lies over the page that lay open before. */
  covered(): void {
    const push = (): void => {
      const { history } = this.#window;
      if (!this.#place?.over) history.pushState({ ...placeOf(this.route), over: true }, "");
    };
    if (this.#then) this.#then = push;
    else push();
  }

  /** Nothing does any more. Where one goes on at once, that takes its step. */
  uncovered(): void {
    queueMicrotask(() => {
      if (!this.#then && this.#place?.over && !this.cover?.lies) this.#back(() => undefined);
    });
  }

  go(route: Route, replace = false): void {
    this.route = route;
    const over = this.#place?.over === true;
    const write = (): void => {
      this.#write(route, replace);
    };
    if (this.#then) this.#then = write;
    else if (over && replace) this.#back(write);
    else this.#write(route, replace || over);
    this.cover?.clear();
  }

  room(id: string, details = false): void {
    this.go({ name: "room", room: id, details });
  }

  /** To one line of a room, or to the whisper that stands there. */
  line(room: string, at: number, whisper?: string): void {
    this.go({ name: "room", room, details: false, at, ...(whisper === undefined ? {} : { whisper }) });
  }
}
