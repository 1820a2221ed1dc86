/** A colour that stays with an id: FNV-1a over its characters, spread over the circle. */
export function hueOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const c of id) hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193) >>> 0;
  return (Math.floor(hash / 7) % 24) * 15;
}

/** One or two letters for a name, whole characters of any script. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter((w) => /[\p{L}\p{N}]/u.test(w));
  const first = [...(words[0] ?? name.trim())].find((c) => /[\p{L}\p{N}]/u.test(c)) ?? [...name][0] ?? "?";
  const last = words.length > 1 ? [...words.at(-1)!].find((c) => /[\p{L}\p{N}]/u.test(c)) : undefined;
  return (first + (last ?? "")).toLocaleUpperCase();
}
