/* Inline Markdown in one pass from left to right.
 *
 * Openers wait on a stack. A closer takes the nearest opener of its kind and everything above that falls back to plain
 * text; each opener is pushed and popped once, and how many of each kind wait is counted, so that a closer without an
 * opener costs nothing. What could scan ahead (code, links) is bounded or remembered. The time is linear in the text,
 * whatever it is; tests hold that. */
import type { Inline } from "./tree";

type Mark = "**" | "__" | "*" | "_" | "~~" | "[";
type Wrap = "strong" | "em" | "strike";

interface Opener {
  readonly mark: Mark;
  readonly nodes: Inline[];
}

const WRAP: Partial<Record<Mark, Wrap>> = {
  "**": "strong",
  __: "strong",
  "*": "em",
  _: "em",
  "~~": "strike",
};
const ESCAPABLE = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;
const LONGEST_HREF = 2_000;
const DEEPEST = 20;
const NAME = /[A-Za-z0-9][A-Za-z0-9._-]*/y;
const LONGEST_NAME = 32;

export function parseInline(text: string): Inline[] {
  return new InlineParser(text).run();
}

/** Only what leads to a page or a mailbox; never a script. */
export function safeHref(href: string): string | undefined {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return undefined;
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

class InlineParser {
  readonly #text: string;
  #at = 0;
  #nodes: Inline[] = [];
  #plain = "";
  readonly #stack: Opener[] = [];
  readonly #waiting: Record<Mark, number> = { "**": 0, __: 0, "*": 0, _: 0, "~~": 0, "[": 0 };
  /** Positions of backtick runs by their length, found once. */
  #ticks: Map<number, number[]> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Inline[] {
    while (this.#at < this.#text.length) this.#step();
    this.#flush();
    while (this.#stack.length > 0) this.#abandon();
    return this.#nodes;
  }

  #step(): void {
    const c = this.#text[this.#at]!;
    switch (c) {
      case "\\":
        this.#escape();
        return;
      case "\n":
        this.#flush();
        this.#nodes.push({ kind: "break" });
        this.#at++;
        return;
      case "`":
        this.#code();
        return;
      case "*":
      case "_":
      case "~":
        this.#delimiter(c);
        return;
      case "[":
        this.#at++;
        if (this.#stack.length < DEEPEST) this.#open("[");
        else this.#plain += "[";
        return;
      case "]":
        this.#closeLink();
        return;
      case "<":
        this.#angle();
        return;
      case "@":
        this.#mention();
        return;
      case "h":
      case "H":
        this.#autolink();
        return;
      default:
        this.#plain += c;
        this.#at++;
    }
  }

  #flush(): void {
    if (this.#plain !== "") this.#nodes.push({ kind: "text", text: this.#plain });
    this.#plain = "";
  }

  #open(mark: Mark): void {
    this.#flush();
    this.#stack.push({ mark, nodes: this.#nodes });
    this.#waiting[mark]++;
    this.#nodes = [];
  }

  /** The topmost opener was none: its mark is text again. */
  #abandon(): void {
    this.#flush();
    const opener = this.#stack.pop()!;
    this.#waiting[opener.mark]--;
    const inner = this.#nodes;
    this.#nodes = opener.nodes;
    this.#append({ kind: "text", text: opener.mark });
    // What was inside moves one level down; DEEPEST bounds how often that can happen to it.
    for (const node of inner) this.#append(node);
  }

  #append(node: Inline): void {
    const last = this.#nodes.at(-1);
    if (node.kind === "text" && last?.kind === "text") {
      this.#nodes[this.#nodes.length - 1] = { kind: "text", text: last.text + node.text };
    } else this.#nodes.push(node);
  }

  #closeTo(mark: Mark, wrap: (children: readonly Inline[]) => Inline): void {
    while (this.#stack.at(-1)!.mark !== mark) this.#abandon();
    this.#flush();
    const opener = this.#stack.pop()!;
    this.#waiting[mark]--;
    const children = this.#nodes;
    this.#nodes = opener.nodes;
    this.#nodes.push(wrap(children));
  }

  #escape(): void {
    const next = this.#text[this.#at + 1];
    if (next !== undefined && ESCAPABLE.test(next)) {
      this.#plain += next;
      this.#at += 2;
    } else {
      this.#plain += "\\";
      this.#at++;
    }
  }

  #delimiter(c: "*" | "_" | "~"): void {
    const text = this.#text;
    let end = this.#at;
    while (text[end] === c) end++;
    const before = text[this.#at - 1] ?? " ";
    const after = text[end] ?? " ";
    let canOpen = !SPACE.test(after);
    let canClose = !SPACE.test(before);
    if (c === "_") {
      canOpen &&= !WORD.test(before);
      canClose &&= !WORD.test(after);
    }
    let left = end - this.#at;
    this.#at = end;
    const double = (c + c) as Mark;
    const single = c as Mark;
    while (canClose && left > 0) {
      const mark = this.#closable(c, left);
      if (!mark) break;
      const wrap = WRAP[mark]!;
      if (this.#empty(mark)) break;
      this.#closeTo(mark, (children) => ({ kind: wrap, children }));
      left -= mark.length;
    }
    // A run longer than any emphasis is a line of stars, not emphasis.
    if (!canOpen || left > 3) {
      this.#plain += c.repeat(left);
      return;
    }
    while (left > 0) {
      const mark = left >= 2 ? double : single;
      if (mark === ("~" as Mark) || this.#stack.length >= DEEPEST) {
        this.#plain += c.repeat(left);
        return;
      }
      this.#open(mark);
      left -= mark.length;
    }
  }

  /** Which mark of this character, if any, the run closes: the nearest that waits and is not longer than the run. */
  #closable(c: string, left: number): Mark | undefined {
    const double = (c + c) as Mark;
    const single = c as Mark;
    const doubles = left >= 2 && this.#waiting[double] > 0;
    const singles = c !== "~" && this.#waiting[single] > 0;
    if (!doubles && !singles) return undefined;
    if (doubles !== singles) return doubles ? double : single;
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const { mark } = this.#stack[i]!;
      if (mark === double || mark === single) return mark;
    }
    return undefined;
  }

  #empty(mark: Mark): boolean {
    return this.#stack.at(-1)?.mark === mark && this.#nodes.length === 0 && this.#plain === "";
  }

  #code(): void {
    const text = this.#text;
    let end = this.#at;
    while (text[end] === "`") end++;
    const length = end - this.#at;
    const close = this.#nextTicks(length, end);
    if (close === undefined) {
      this.#plain += text.slice(this.#at, end);
      this.#at = end;
      return;
    }
    let code = text.slice(end, close).replaceAll("\n", " ");
    if (code.length > 2 && code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "")
      code = code.slice(1, -1);
    this.#flush();
    this.#nodes.push({ kind: "code", text: code });
    this.#at = close + length;
  }

  #nextTicks(length: number, from: number): number | undefined {
    if (!this.#ticks) {
      this.#ticks = new Map();
      for (const run of this.#text.matchAll(/`+/g)) {
        const places = this.#ticks.get(run[0].length) ?? [];
        places.push(run.index);
        this.#ticks.set(run[0].length, places);
      }
      for (const places of this.#ticks.values()) places.reverse();
    }
    const places = this.#ticks.get(length);
    while (places && places.length > 0 && places.at(-1)! < from) places.pop();
    return places?.at(-1);
  }

  #closeLink(): void {
    this.#at++;
    if (this.#waiting["["] === 0) {
      this.#plain += "]";
      return;
    }
    const link = this.#text[this.#at] === "(" ? this.#destination(this.#at + 1) : undefined;
    if (!link) {
      // Not a link: this pair of brackets is text.
      while (this.#stack.at(-1)!.mark !== "[") this.#abandon();
      this.#abandon();
      this.#plain += "]";
      return;
    }
    const { href, end } = link;
    this.#closeTo("[", (children) => ({ kind: "link", href, children: withoutLinks(children) }));
    this.#at = end;
  }

  #destination(from: number): { href: string; end: number } | undefined {
    let depth = 0;
    const limit = Math.min(this.#text.length, from + LONGEST_HREF);
    for (let i = from; i < limit; i++) {
      const c = this.#text[i]!;
      if (SPACE.test(c) || c === "<") return undefined;
      if (c === "(" && ++depth > 8) return undefined;
      if (c === ")" && depth-- === 0) {
        const href = safeHref(this.#text.slice(from, i));
        return href === undefined ? undefined : { href, end: i + 1 };
      }
    }
    return undefined;
  }

  #angle(): void {
    const found = /^<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/i.exec(
      this.#text.slice(this.#at, this.#at + 2_020),
    );
    const href = found ? safeHref(found[1]!) : undefined;
    if (!found || href === undefined) {
      this.#plain += "<";
      this.#at++;
      return;
    }
    this.#flush();
    this.#nodes.push({
      kind: "link",
      href,
      children: [{ kind: "text", text: found[1]!.replace(/^mailto:/i, "") }],
    });
    this.#at += found[0].length;
  }

  /** As src/domain/mentions.h says it; tests/fixtures/mentions.json holds both to it. */
  #mention(): void {
    const text = this.#text;
    NAME.lastIndex = this.#at + 1;
    const row = NAME.exec(text)?.[0] ?? "";
    const name = row.replace(/[._-]+$/, "");
    const alone = !/[A-Za-z0-9.\-+/@\\]/.test(text[this.#at - 1] ?? " ");
    if (!alone || name.length < 2 || name.length > LONGEST_NAME || text[this.#at + 1 + row.length] === "@") {
      this.#plain += "@";
      this.#at++;
      return;
    }
    this.#flush();
    this.#nodes.push({ kind: "mention", text: `@${name}`, name: name.toLowerCase() });
    this.#at += 1 + name.length;
  }

  #autolink(): void {
    const text = this.#text;
    const before = text[this.#at - 1];
    const head = text.slice(this.#at, this.#at + 8).toLowerCase();
    const scheme = head.startsWith("https://") ? 8 : head.startsWith("http://") ? 7 : 0;
    const inLink = this.#waiting["["] > 0 && this.#stack.at(-1)?.mark === "[" && before === "[";
    if (scheme === 0 || inLink || (before !== undefined && WORD.test(before))) {
      this.#plain += text[this.#at]!;
      this.#at++;
      return;
    }
    let end = this.#at + scheme;
    while (end < text.length && end - this.#at < LONGEST_HREF && !/[\s<>"`]/.test(text[end]!)) end++;
    const shown = trimUrl(text.slice(this.#at, end));
    const href = shown.length > scheme ? safeHref(shown) : undefined;
    if (href === undefined) {
      this.#plain += text.slice(this.#at, end);
      this.#at = end;
      return;
    }
    this.#flush();
    this.#nodes.push({ kind: "link", href, children: [{ kind: "text", text: shown }] });
    this.#at += shown.length;
  }
}

/** A sentence's punctuation after an address is not part of it; a bracket is when its partner is inside. */
function trimUrl(url: string): string {
  let end = url.length;
  let open = 0;
  let close = 0;
  for (const c of url) {
    if (c === "(") open++;
    if (c === ")") close++;
  }
  for (; end > 0; end--) {
    const c = url[end - 1]!;
    if (c === ")" && close > open) close--;
    else if (!/[.,;:!?'"*_~\]}]/.test(c)) break;
  }
  return url.slice(0, end);
}

/** A link or a name inside a link's text is only its text. */
function withoutLinks(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.kind === "link") return withoutLinks(node.children);
    if (node.kind === "mention") return [{ kind: "text", text: node.text }];
    if ("children" in node) return [{ ...node, children: withoutLinks(node.children) }];
    return [node];
  });
}
