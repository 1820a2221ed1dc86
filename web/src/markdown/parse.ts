/* Markdown as people write it in messages, into a tree; the components beside this file make nodes of it. Never HTML.
 *
 * Bold, italic, strike, code, fenced code, lists, quotes, links, addresses, line breaks. Headings, tables, pictures and
 * HTML are text on purpose: a message is not a page. Why not a library: the smallest that yields a tree is several times
 * this size, and knows far more than a message should. */
import { parseInline } from "./inline";
import type { Block, Inline } from "./tree";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`\s]*)[^`]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,9})(?:([-*+])|(\d{1,9})[.)])(?: +|$)/;
const DEEPEST = 6;

export function parse(text: string): Block[] {
  return parseBlocks(text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n"), 0);
}

function parseBlocks(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", children: parseInline(paragraph.join("\n")) });
    paragraph = [];
  };
  let i = 0;
  while (i < lines.length) {
    const line = lines[i]!;
    const fence = FENCE.exec(line);
    if (fence) {
      endParagraph();
      const { block, next } = takeFence(lines, i, fence[1]!, fence[2]!);
      blocks.push(block);
      i = next;
    } else if (depth < DEEPEST && QUOTE.test(line)) {
      endParagraph();
      const inner: string[] = [];
      while (i < lines.length && QUOTE.test(lines[i]!)) inner.push(lines[i++]!.replace(QUOTE, ""));
      blocks.push({ kind: "quote", blocks: parseBlocks(inner, depth + 1) });
    } else if (depth < DEEPEST && startsList(line, paragraph.length > 0)) {
      endParagraph();
      const { block, next } = takeList(lines, i, depth);
      blocks.push(block);
      i = next;
    } else {
      if (line.trim() === "") endParagraph();
      else paragraph.push(line.trimEnd());
      i++;
    }
  }
  endParagraph();
  return blocks;
}

/** In the middle of a paragraph only "1." begins a numbered list, so that "… in\n2004. Then …" stays a sentence. */
function startsList(line: string, inParagraph: boolean): boolean {
  const item = ITEM.exec(line);
  if (!item) return false;
  const empty = line.slice(item[0].length).trim() === "";
  if (empty) return false;
  return !inParagraph || item[3] === undefined || Number(item[3]) === 1;
}

function takeFence(
  lines: readonly string[],
  from: number,
  fence: string,
  language: string,
): { block: Block; next: number } {
  const inner: string[] = [];
  let i = from + 1;
  for (; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line.length >= fence.length && line === fence[0]!.repeat(line.length)) break;
    inner.push(lines[i]!);
  }
  return { block: { kind: "code", language, text: inner.join("\n") }, next: i + 1 };
}

function takeList(lines: readonly string[], from: number, depth: number): { block: Block; next: number } {
  const first = ITEM.exec(lines[from]!)!;
  const ordered = first[3] !== undefined;
  const indent = first[1]!.length;
  const items: string[][] = [];
  let i = from;
  for (; i < lines.length; i++) {
    const line = lines[i]!;
    const item = ITEM.exec(line);
    if (item && item[1]!.length <= indent + 1 && (item[3] !== undefined) === ordered) {
      items.push([line.slice(item[0].length)]);
      continue;
    }
    const own = items.at(-1)!;
    if (line.trim() === "") {
      // A blank line stays in the list only if the list goes on after it.
      const next = lines[i + 1] ?? "";
      const goesOn =
        /^ {2,}\S/.test(next) || ((ITEM.exec(next)?.[3] !== undefined) === ordered && ITEM.test(next));
      if (!goesOn) break;
      own.push("");
    } else if (/^ {2,}/.test(line) && line.search(/\S/) > indent) {
      own.push(line.slice(Math.min(line.search(/\S/), indent + (ordered ? 3 : 2))));
    } else break;
  }
  return {
    block: {
      kind: "list",
      ordered,
      start: ordered ? Number(first[3]) : 1,
      items: items.map((inner) => parseBlocks(inner, depth + 1)),
    },
    next: i,
  };
}

/** One line of plain words, for previews and for screen readers. */
export function plain(text: string, longest = 200): string {
  const words = blocksToText(parse(text.slice(0, longest * 2)));
  return words.replace(/\s+/g, " ").trim().slice(0, longest);
}

function blocksToText(blocks: readonly Block[]): string {
  return blocks
    .map((b) => {
      switch (b.kind) {
        case "paragraph":
          return inlineToText(b.children);
        case "code":
          return b.text;
        case "quote":
          return blocksToText(b.blocks);
        case "list":
          return b.items.map(blocksToText).join(" · ");
      }
    })
    .join(" ");
}

/** Every name that the text mentions, each once. */
export function namesIn(text: string): readonly string[] {
  const names = new Set<string>();
  const visit = (nodes: readonly Inline[]): void => {
    for (const n of nodes) {
      if (n.kind === "mention") names.add(n.name);
      else if ("children" in n) visit(n.children);
    }
  };
  const walk = (blocks: readonly Block[]): void => {
    for (const b of blocks) {
      if (b.kind === "paragraph") visit(b.children);
      else if (b.kind === "quote") walk(b.blocks);
      else if (b.kind === "list") b.items.forEach(walk);
    }
  };
  if (text.includes("@")) walk(parse(text));
  return [...names];
}

function inlineToText(nodes: readonly Inline[]): string {
  return nodes
    .map((n) => (n.kind === "break" ? " " : "children" in n ? inlineToText(n.children) : n.text))
    .join("");
}
