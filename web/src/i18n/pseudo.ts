/* A language that nobody speaks and that runs from right to left, made from the English one. It proves the layout: letters
 * have marks, words are longer by a third and run the other way, and what stands there plainly was never in a catalogue. */
import type { Catalogue, CatalogueOf, Forms } from "./catalogue";
import { en } from "./en";

const FROM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const TO = [..."åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻḾÑÖÞǪŔŠŢÛṼŴẊÝŽ"];
const RIGHT_TO_LEFT = "\u202e";
const AS_BEFORE = "\u202c";

function word(plain: string): string {
  const marked = [...plain].map((c) => TO[FROM.indexOf(c)] ?? c).join("");
  const longer = plain.length > 3 ? marked + marked.slice(-Math.ceil(plain.length / 3)) : marked;
  return RIGHT_TO_LEFT + longer + AS_BEFORE;
}

export function disguise(text: string): string {
  return text.replace(/\{\w+\}|[A-Za-z]+/g, (part) => (part.startsWith("{") ? part : word(part)));
}

export function disguised<E extends Readonly<Record<string, string | Forms>>>(english: E): CatalogueOf<E> {
  const entries = Object.entries(english).map(([key, text]) => [
    key,
    typeof text === "string" ? disguise(text) : { other: disguise(text.other) },
  ]);
  return Object.fromEntries(entries) as CatalogueOf<E>;
}

export function pseudo(): Catalogue {
  return disguised(en);
}
