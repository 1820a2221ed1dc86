/* Where one is, by the History API. Details of a room are a step of their own on the same address, so that "back" on a
 * phone leads from them to the conversation. */
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
  | { readonly name: "signin" }
  | { readonly name: "signup" }
  | { readonly name: "missing"; readonly path: string };

const SECTIONS = ["overview", "people", "rooms", "invites", "settings", "audit"] as const;
export type AdminSection = (typeof SECTIONS)[number];

interface Place {
  readonly details?: boolean;
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
  if (path === "/signin") return { name: "signin" };
  if (path === "/signup") return { name: "signup" };
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

export class Router {
  route = $state.raw<Route>({ name: "home" });
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
    this.#read();
    window.addEventListener("popstate", () => {
      this.#read();
    });
  }

  #read(): void {
    this.route = parseRoute(this.#window.location.pathname, this.#window.history.state as Place | null);
  }

  go(route: Route, replace = false): void {
    const place: Place = { details: route.name === "room" && route.details };
    const path = pathOf(route);
    const history = this.#window.history;
    if (replace) history.replaceState(place, "", path);
    else history.pushState(place, "", path);
    this.route = route;
  }

  room(id: string, details = false): void {
    this.go({ name: "room", room: id, details });
  }

  /** To one line of a room, or to the whisper that stands there. */
  line(room: string, at: number, whisper?: string): void {
    this.go({ name: "room", room, details: false, at, ...(whisper === undefined ? {} : { whisper }) });
  }
}
