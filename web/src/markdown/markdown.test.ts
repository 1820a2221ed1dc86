import { readFileSync } from "node:fs";
import { render } from "svelte/server";
import { describe, expect, it } from "vitest";
import { parseInline, safeHref } from "./inline";
import Markdown from "./Markdown.svelte";
import { namesIn, parse, plain } from "./parse";
import type { Block, Inline } from "./tree";

function html(text: string): string {
  return render(Markdown, { props: { text } })
    .body.replace(/<!--.*?-->/g, "")
    .replace(/ class="[^"]*"/g, "")
    .replace(/^<div>|<\/div>$/g, "")
    .replace(/>\s+</g, "><")
    .trim();
}

describe("inline", () => {
  it.each([
    [
      "**bold** and *it* and _it_ and __bold__",
      "<p><strong>bold</strong> and <em>it</em> and <em>it</em> and <strong>bold</strong></p>",
    ],
    ["***both***", "<p><strong><em>both</em></strong></p>"],
    ["**bold *it* bold**", "<p><strong>bold <em>it</em> bold</strong></p>"],
    ["~~gone~~ but ~not~", "<p><s>gone</s> but ~not~</p>"],
    ["snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"],
    ["un*frigging*believable", "<p>un<em>frigging</em>believable</p>"],
    ["**open and *open", "<p>**open and *open</p>"],
    ["*a **b* c**", "<p><em>a **b</em> c**</p>"],
    ["`*code*` and ``a`b``", "<p><code>*code*</code> and <code>a`b</code></p>"],
    ["`open", "<p>`open</p>"],
    ["\\*not\\* \\x", "<p>*not* \\x</p>"],
    ["one\ntwo", "<p>one<br/>two</p>"],
    ["a **** b ****", "<p>a **** b ****</p>"],
  ])("%s", (text, wanted) => {
    expect(html(text)).toBe(wanted);
  });
});

describe("links", () => {
  const a = (href: string, text: string): string =>
    `<a href="${href}" target="_blank" rel="noopener noreferrer nofollow">${text}</a>`;

  it.each([
    ["[t](https://x.org/)", `<p>${a("https://x.org/", "t")}</p>`],
    ["[**t**](https://x.org/a_(b))", `<p>${a("https://x.org/a_(b)", "<strong>t</strong>")}</p>`],
    [
      "see https://x.org/a?b=c&d=e.",
      `<p>see ${a("https://x.org/a?b=c&amp;d=e", "https://x.org/a?b=c&amp;d=e")}.</p>`,
    ],
    ["(https://x.org/w_(z))", `<p>(${a("https://x.org/w_(z)", "https://x.org/w_(z)")})</p>`],
    ["<mailto:me@x.org>", `<p>${a("mailto:me@x.org", "me@x.org")}</p>`],
    ["[t](javascript:alert(1))", "<p>[t](javascript:alert(1))</p>"],
    ["[t](data:text/html,x)", "<p>[t](data:text/html,x)</p>"],
    ["[t] (https://x.org)", `<p>[t] (${a("https://x.org/", "https://x.org")})</p>`],
    ["https://", "<p>https://</p>"],
  ])("%s", (text, wanted) => {
    expect(html(text)).toBe(wanted);
  });

  it("lead to web and mail only", () => {
    for (const bad of [
      "javascript:x",
      "JaVaScRiPt:x",
      "vbscript:x",
      "file:///etc",
      "//x.org",
      "/x",
      "https://",
      " https://x.org",
    ]) {
      expect(safeHref(bad)).toBeUndefined();
    }
  });
});

describe("blocks", () => {
  it("never lets HTML through", () => {
    expect(html('<img src=x onerror="alert(1)"> <b>x</b>')).toBe(
      '<p>&lt;img src=x onerror="alert(1)"> &lt;b>x&lt;/b></p>',
    );
    expect(html("```\n<script>\n```")).toBe("<pre><code>&lt;script></code></pre>");
  });

  it.each([
    ["a\n\nb", "<p>a</p><p>b</p>"],
    [
      "- a\n- b\n  - c\n- d",
      "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li><li><p>d</p></li></ul>",
    ],
    ["3. a\n4. b", '<ol start="3"><li><p>a</p></li><li><p>b</p></li></ol>'],
    ["it was in\n2004. Then", "<p>it was in<br/>2004. Then</p>"],
    ["> a\n> > b\nc", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"],
    ["```js\nlet a;\n\n  b\n```\nx", "<pre><code>let a;\n\n  b</code></pre><p>x</p>"],
    ["```\nopen", "<pre><code>open</code></pre>"],
    ["# not a heading", "<p># not a heading</p>"],
    ["-not a list\n-", "<p>-not a list<br/>-</p>"],
  ])("%s", (text, wanted) => {
    expect(html(text)).toBe(wanted);
  });

  it("gives plain words for previews", () => {
    expect(plain("**a** [b](https://x.org)\n- c\n```\nd\n```")).toBe("a b c d");
  });
});

function textOf(nodes: readonly (Block | Inline)[]): string {
  return nodes
    .map((n) => {
      if ("text" in n) return n.text;
      if ("children" in n) return textOf(n.children);
      if ("blocks" in n) return textOf(n.blocks);
      if ("items" in n) return n.items.map(textOf).join("");
      return "\n";
    })
    .join("");
}

/** Microseconds of this process alone, the least of several tries: what the code takes, and not what else the machine does. */
function leastTime(run: () => void): number {
  let least = Infinity;
  for (let i = 0; i < 4; i++) {
    const from = process.cpuUsage();
    run();
    least = Math.min(least, process.cpuUsage(from).user);
  }
  return least;
}

describe("nasty texts of 8,000 characters", () => {
  const fill = (s: string): string => s.repeat(Math.ceil(8_000 / s.length)).slice(0, 8_000);
  const nasty = [
    "*",
    "**a",
    "*a **b ",
    "_a",
    "~~",
    "~~a",
    "`",
    "`a``",
    "[",
    "[a](",
    "[](",
    "](",
    "[a](https://x.org",
    "((((",
    "> ",
    ">",
    "- ",
    "- a\n",
    "  - a\n",
    "1. ",
    "```\n",
    "\\",
    "\\*",
    "http://",
    "https://a.b ",
    "<http://",
    "*a_b**c__d",
    "\n",
    "\t",
    "a\n\n",
    "[[[a]]]",
    "![](",
    "<",
    "> - 1. ",
    "\u0301",
    "😀",
    "*_~`[<h",
  ];

  it.each(nasty)("%j", (piece) => {
    const text = fill(piece);
    expect(leastTime(() => parse(text))).toBeLessThan(100_000);
    expect(() => render(Markdown, { props: { text } })).not.toThrow();
  });

  it("take a time that grows with their length, not with its square", () => {
    const time = (n: number, piece: string): number => {
      const text = piece.repeat(n);
      return leastTime(() => parseInline(text));
    };
    for (const piece of ["*a **b ", "`a``", "[a](b", "](", "~~a*"]) {
      time(2_000, piece);
      // Eight times as much: a square would be 64 times.
      expect(time(32_000, piece)).toBeLessThan(Math.max(60_000, time(4_000, piece) * 40));
    }
  });

  it("lose no character of what is not markup", () => {
    for (const text of ["*a **b* c** d_e_f `g", "[a](b [c](d", "~~a *b~~ c*", "a ] b [ c"]) {
      const letters = (s: string): string => s.replace(/[^a-z]/g, "");
      expect(letters(textOf(parse(text)))).toBe(letters(text));
    }
  });
});

describe("mentions", () => {
  const cases = JSON.parse(
    readFileSync(new URL("../../../tests/fixtures/mentions.json", import.meta.url), "utf8"),
  ) as { text: string; names: string[] }[];

  it.each(cases)("of $text are what the server takes for some", ({ text, names }) => {
    expect(namesIn(text)).toEqual(names);
  });

  it("are text again in the words of a link, and keep what was written", () => {
    expect(parse("[ask @Ann](https://example.org) or @Ann.")).toEqual([
      {
        kind: "paragraph",
        children: [
          {
            kind: "link",
            href: "https://example.org/",
            children: [
              { kind: "text", text: "ask " },
              { kind: "text", text: "@Ann" },
            ],
          },
          { kind: "text", text: " or " },
          { kind: "mention", text: "@Ann", name: "ann" },
          { kind: "text", text: "." },
        ],
      },
    ]);
    expect(plain("Hello **@Ann**!")).toBe("Hello @Ann!");
  });
});
