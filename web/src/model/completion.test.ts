import { describe, expect, it } from "vitest";
import { tokenAt } from "./completion";

const at = (text: string): [string, string, number] | undefined => {
  const caret = text.indexOf("|");
  const token = tokenAt(text.replace("|", ""), caret);
  return token && [token.kind, token.query, token.from];
};

describe("what stands before the caret", () => {
  it("is the beginning of an emoji's code after a blank or a bracket", () => {
    expect(at(":ta|")).toEqual(["emoji", "ta", 0]);
    expect(at("so (:he|")).toEqual(["emoji", "he", 4]);
    expect(at("hi :thumbs|, all")).toEqual(["emoji", "thumbs", 3]);
    expect(at(":сер|")).toEqual(["emoji", "сер", 0]);
  });

  it("is a whole code once it is closed", () => {
    expect(at("done :tada:|")).toEqual(["emoji-done", "tada", 5]);
    expect(at(":+1:|")).toEqual(["emoji-done", "+1", 0]);
  });

  it("is the beginning of a name, even of none, where it could be a mention", () => {
    expect(at("@|")).toEqual(["mention", "", 0]);
    expect(at("dear @an|")).toEqual(["mention", "an", 5]);
    expect(at("(@Зоя|")).toEqual(["mention", "Зоя", 1]);
    expect(at("ann@exa|")).toBeUndefined();
    expect(at("https://x.org/@an|")).toBeUndefined();
    expect(at("@ann |")).toBeUndefined();
    expect(at("`@an|")).toBeUndefined();
  });

  it("is nothing in times, addresses, faces and words", () => {
    expect(at("at 08:30|")).toBeUndefined();
    expect(at("https://exa|")).toBeUndefined();
    expect(at(":D|")).toBeUndefined();
    expect(at("note:this|")).toBeUndefined();
    expect(at("10:30:15:|")).toBeUndefined();
    expect(at("")).toBeUndefined();
  });

  it("is nothing in code", () => {
    expect(at("`a :ta|")).toBeUndefined();
    expect(at("`a` :ta|")).toEqual(["emoji", "ta", 4]);
  });
});
