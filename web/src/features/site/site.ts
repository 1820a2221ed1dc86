/* What the screens of the site share: its words, its API, and how it does something that may fail. */
import { getContext, setContext } from "svelte";
import type { SiteArgs, SiteKey } from "../../i18n/site/site";
import { codeOf } from "../../protocol/problem";
import type { SiteApi } from "../../protocol/site";
import type { App } from "../../state/app.svelte";

export interface Site {
  readonly t: <K extends SiteKey>(key: K, ...params: SiteArgs<K>) => string;
  readonly api: SiteApi;
  /** The words for a failure: those of links are the site's own. */
  readonly explain: (error: unknown) => string;
}

const KEY = Symbol("site");

export function provideSite(site: Site): void {
  setContext(KEY, site);
}

export function useSite(): Site {
  return getContext<Site>(KEY);
}

export function linkTo(path: "join" | "reset", token: string): string {
  return new URL(`/${path}#${token}`, location.origin).href;
}

/** Bytes as people read them. */
export function bytes(app: App, n: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let at = 0;
  let value = n;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  const options = { style: "unit", unit: units[at]!, maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(app.i18n.locale, options).format(value);
}

/** Do something that may fail: true when it went well, and otherwise it is said. */
export async function attempt(app: App, site: Site, deed: () => Promise<unknown>): Promise<boolean> {
  try {
    await deed();
    return true;
  } catch (error) {
    app.toasts.say(site.explain(error), "bad");
    return false;
  }
}

const OF_LINKS = ["invite_expired", "invite_used_up", "invite_revoked", "invites_full", "link_used"] as const;
type OfLinks = (typeof OF_LINKS)[number];

/** Asked once more, the answer may be another. */
export function passes(error: unknown): boolean {
  return ["network", "unavailable", "rate_limited", "unknown"].includes(codeOf(error));
}

export function explain(app: App, t: Site["t"], error: unknown): string {
  const code = codeOf(error);
  return (OF_LINKS as readonly string[]).includes(code) ? t(`error.${code as OfLinks}`) : app.explain(error);
}
