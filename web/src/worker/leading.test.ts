import { beforeEach, expect, it } from "vitest";
import { leadTo, type OpenPage, type OpenPages } from "./leading";

let done: string[];
let open: OpenPage[];
const pages: OpenPages = {
  matchAll: () => Promise.resolve(open),
  openWindow: (path) => Promise.resolve(done.push(`window ${path}`)),
};
const page = (name: string, visibilityState: DocumentVisibilityState, mayFocus = true): OpenPage => ({
  visibilityState,
  focus: () => (mayFocus ? Promise.resolve(done.push(`${name} focus`)) : Promise.reject(new Error("no"))),
  postMessage: (word) => done.push(`${name} ${word.open}`),
});

beforeEach(() => {
  done = [];
  open = [];
});

it("leads to the message in the page that one sees", async () => {
  open = [page("hidden", "hidden"), page("seen", "visible")];
  await leadTo("/r/a/7", pages);
  expect(done).toEqual(["seen /r/a/7", "seen focus"]);
});

it("leads to it in a hidden page rather than in another one, also where that may not come to the front", async () => {
  open = [page("first", "hidden", false), page("second", "hidden")];
  await leadTo("/r/a/7", pages);
  expect(done).toEqual(["first /r/a/7"]);
});

it("opens a page where there is none", async () => {
  await leadTo("/r/a/7/w", pages);
  expect(done).toEqual(["window /r/a/7/w"]);
});
