import { expect, it } from "vitest";
import type { Notes } from "../local/notes";
import { Emojis } from "./emojis.svelte";

function notes(): Notes {
  const kept = new Map<string, string>();
  return {
    get: (key) => kept.get(key),
    set: (key, value) => void (value === undefined ? kept.delete(key) : kept.set(key, value)),
  };
}

it("keeps the latest used first, each once, on this device", () => {
  const device = notes();
  const emojis = new Emojis(device, () => "en");
  for (const emoji of ["🎉", "👍", "🎉"]) emojis.use(emoji);
  expect(emojis.recent).toEqual(["🎉", "👍"]);
  for (let i = 0; i < 40; i++) emojis.use(String(i));
  expect(emojis.recent.length).toBe(24);
  expect(new Emojis(device, () => "en").recent).toEqual(emojis.recent);
});

it("keeps the tone, and none of what was never one", () => {
  const device = notes();
  new Emojis(device, () => "en").choose(4);
  expect(new Emojis(device, () => "en").tone).toBe(4);
  device.set("emoji.tone", "dark");
  expect(new Emojis(device, () => "en").tone).toBe(0);
});

it("speaks the language of the reader, and English to whom it has no file for", async () => {
  let language = "de";
  const emojis = new Emojis(notes(), () => language);
  await emojis.load();
  expect(emojis.set?.groups[0]).toMatch(/Smileys/);
  const german = emojis.set;
  language = "pt-BR";
  await emojis.load();
  expect(emojis.set).not.toBe(german);
  language = "xx";
  await emojis.load();
  expect(emojis.set?.all.some((e) => e.name === "red heart")).toBe(true);
});
