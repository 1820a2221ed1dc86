/* What a person looks for on a screen, said as they would say it, and found in the page, in every engine by the same lines. */

/** Whole, or the part of it that is sought. */
export type Words = string | RegExp;

export interface Query {
  /** A role, or a selector where there is no role. */
  readonly what?: string;
  readonly words?: { readonly source: string; readonly flags: string };
  readonly within?: Query;
}

function sought(words: Words): { source: string; flags: string } {
  if (typeof words !== "string") return { source: words.source, flags: words.flags };
  return { source: `^${words.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`, flags: "" };
}

/** What is of this role and called so: `the("button", "Send")`. */
export function the(what: string, words?: Words, within?: Query): Query {
  return { what, ...(words === undefined ? {} : { words: sought(words) }), ...(within && { within }) };
}

/** The innermost element that says so. */
export function text(words: Words, within?: Query): Query {
  return { words: sought(words), ...(within && { within }) };
}

/** How it would be said in a complaint. */
export function said(query: Query): string {
  const within = query.within ? ` in ${said(query.within)}` : "";
  return `${query.what ?? "text"} ${query.words?.source ?? ""}${within}`;
}

/** Runs in the page, so it is made of itself alone. Elements that can be seen, in order. */
function find(query: Query): HTMLElement[] {
  const ROLES: Readonly<Record<string, string>> = {
    article: "article, [role=article]",
    button: "button:not([role]), summary, [role=button]",
    checkbox: "input[type=checkbox], [role=checkbox]",
    combobox: "select, [role=combobox]",
    dialog: "dialog[open], [role=dialog]",
    heading: "h1, h2, h3, h4",
    mark: "mark",
    link: "a[href]:not([role])",
    searchbox: "input[type=search], [role=searchbox]",
    textbox: "textarea, input:not([type=checkbox], [type=radio], [type=file], [type=search])",
    radio: "input[type=radio], [role=radio]",
  };
  const squeeze = (words: string | null | undefined): string => (words ?? "").replace(/\s+/g, " ").trim();
  const visible = (e: HTMLElement): boolean => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const roots = query.within ? find(query.within) : [document.body];
  const css = query.what === undefined ? "*" : (ROLES[query.what] ?? (/^[a-z]+$/.test(query.what) ? `[role=${query.what}]` : query.what));
  const words = query.words && new RegExp(query.words.source, query.words.flags);
  const names = (e: HTMLElement): string[] => {
    const labels = "labels" in e ? [...((e as HTMLInputElement).labels ?? [])].map((l) => l.textContent) : [];
    return [e.getAttribute("aria-label"), ...labels, e.textContent, e.title].map(squeeze);
  };
  const fits = (e: HTMLElement): boolean => {
    if (!words) return true;
    if (query.what !== undefined) return names(e).some((n) => n !== "" && words.test(n));
    return words.test(squeeze(e.textContent)) && ![...e.children].some((c) => words.test(squeeze(c.textContent)));
  };
  const all = new Set(roots.flatMap((root) => [...root.querySelectorAll<HTMLElement>(css)]));
  return [...all].filter((e) => fits(e) && visible(e));
}

/** Runs in the page: where to tap it, once it stands still and nothing lies over it; until then why not. What moves away even
 * then is not missed: from here until `met` no press reaches anything else. */
async function aim(query: Query): Promise<{ x: number; y: number } | string> {
  const target = find(query)[0];
  if (!target) return "it is not there";
  if (target.matches(":disabled")) return "it is disabled";
  const frame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(resolve);
      setTimeout(resolve, 100);
    });
  const place = (): DOMRect => target.getClientRects()[0] ?? target.getBoundingClientRect();
  const seen = place();
  if (seen.top < 0 || seen.left < 0 || seen.bottom > innerHeight || seen.right > innerWidth) target.scrollIntoView({ block: "center", behavior: "instant" });
  const before = place();
  await frame();
  await frame();
  const box = place();
  if (box.top !== before.top || box.left !== before.left || box.width !== before.width) return "it moves";
  const labels = "labels" in target ? [...((target as HTMLInputElement).labels ?? [])] : [];
  const isIt = (hit: Node | null): boolean => hit !== null && (target.contains(hit) || labels.some((l) => l.contains(hit)));
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  if (!isIt(hit)) return `${hit?.outerHTML.slice(0, 80) ?? "nothing"} lies over it`;
  const state: Aimed = { missed: false, off: new AbortController() };
  const guard = (e: Event): void => {
    if (isIt(e.target as Node)) return;
    state.missed = true;
    e.preventDefault();
    e.stopImmediatePropagation();
  };
  for (const type of ["pointerdown", "touchstart", "mousedown", "pointerup", "mouseup", "click"])
    addEventListener(type, guard, { capture: true, passive: false, signal: state.off.signal });
  (window as { aimed?: Aimed }).aimed = state;
  return { x, y };
}

interface Aimed {
  missed: boolean;
  readonly off: AbortController;
}

/** Runs in the page: whether what was aimed at last was met. */
function met(): boolean {
  const { aimed } = window as { aimed?: Aimed };
  aimed?.off.abort();
  return aimed?.missed !== true;
}

/** Runs in the page: what the control with the focus is called; nothing where the focus is on no control. */
function focused(): string {
  const e = document.activeElement;
  if (!e?.matches("a, button, input, textarea, select, [role=log], [role=article], article")) return "";
  const label = "labels" in e ? (e as HTMLInputElement).labels?.[0]?.textContent : undefined;
  return (e.getAttribute("aria-label") ?? label ?? e.textContent).replace(/\s+/g, " ").trim();
}

/** Runs in the page: what a complaint shows of it. */
function outline(): string {
  const names = [...document.querySelectorAll<HTMLElement>("button, a, input, textarea, select")].filter((e) => e.checkVisibility());
  const called = names.map((e) => `${e.localName}:${(e.getAttribute("aria-label") ?? (e.textContent || e.title)).replace(/\s+/g, " ").trim().slice(0, 40)}`);
  return `${location.href}\n${document.body.innerText.slice(0, 2_000)}\n${called.join(" | ")}`;
}

/** Bodies for a tab to run. */
export const scripts = {
  aim: (query: Query) => `${find.toString()}; return await (${aim.toString()})(${JSON.stringify(query)});`,
  met: () => `return (${met.toString()})();`,
  count: (query: Query) => `${find.toString()}; return find(${JSON.stringify(query)}).length;`,
  /** `look` is an expression of `e`, the first that is found. */
  look: (query: Query, look: string) => `${find.toString()}; const e = find(${JSON.stringify(query)})[0]; return e ? (${look}) : undefined;`,
  focused: () => `return (${focused.toString()})();`,
  outline: () => `return (${outline.toString()})();`,
};
