/* What is being written right before the caret and can be completed: `:ta`, `@jo`; or a finished `:tada:`. */
export interface Token {
  readonly kind: "emoji" | "emoji-done" | "mention";
  /** What is found by. */
  readonly query: string;
  /** Where it begins, its mark included, and ends. */
  readonly from: number;
  readonly to: number;
}

const LONGEST = 40;
const DONE = /(?:^|[^\p{L}\p{N}:]):([\w+-]{2,}):$/u;
/** Shown names may be typed as well as handles. */
const MENTION = /(?:^|[^A-Za-z0-9.\-+/@\\])@([\p{L}\p{N}._-]*)$/u;
const EMOJI = /(?:^|[^\p{L}\p{N}:]):([\p{L}\p{N}_+-]{2,})$/u;

export function tokenAt(text: string, caret: number): Token | undefined {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  // Inside code, words are what they are.
  const paragraph = text.slice(text.lastIndexOf("\n\n", caret - 1) + 1, caret);
  if ((paragraph.match(/`/g)?.length ?? 0) % 2 === 1) return undefined;
  const done = DONE.exec(before);
  if (done) return { kind: "emoji-done", query: done[1]!, from: caret - done[1]!.length - 2, to: caret };
  const mention = MENTION.exec(before);
  if (mention)
    return { kind: "mention", query: mention[1]!, from: caret - mention[1]!.length - 1, to: caret };
  const emoji = EMOJI.exec(before);
  if (emoji) return { kind: "emoji", query: emoji[1]!, from: caret - emoji[1]!.length - 1, to: caret };
  return undefined;
}
