import { inflateSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { draw, ICONS, png, shapesOf } from "./icons.ts";

const svg = readFileSync(new URL("../src/assets/icon.svg", import.meta.url), "utf8");

function at(rgba: Uint8Array, pixels: number, x: number, y: number): number[] {
  return [...rgba.subarray((y * pixels + x) * 4, (y * pixels + x) * 4 + 4)];
}

describe("icons", () => {
  it("are drawn as the SVG says: corners free, a dot where the dot is", () => {
    const rgba = draw(svg, 64);
    expect(at(rgba, 64, 0, 0)[3]).toBe(0);
    expect(at(rgba, 64, 32, 3)).toEqual([0x1f, 0x6f, 0x68, 255]);
    expect(at(rgba, 64, 25, 36)).toEqual([0x1f, 0x6f, 0x68, 255]); // the middle dot
    expect(at(rgba, 64, 25, 28)).toEqual([0xfd, 0xfa, 0xf4, 255]); // the bubble around it
    expect(at(rgba, 64, 48, 24)).toEqual([0x9f, 0xd6, 0xc9, 255]); // the one behind
  });

  it("fill to the edge where the system cuts them", () => {
    const rgba = draw(svg, 64, 0.1);
    for (const corner of [0, 63]) expect(at(rgba, 64, corner, corner)).toEqual([0x1f, 0x6f, 0x68, 255]);
  });

  it("are PNG files of their size", () => {
    for (const [, pixels, margin] of ICONS) {
      const file = png(pixels, draw(svg, pixels, margin));
      expect(file.subarray(1, 4).toString()).toBe("PNG");
      expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([pixels, pixels]);
      const data = file.subarray(file.indexOf("IDAT") + 4, file.indexOf("IEND") - 8);
      expect(inflateSync(data)).toHaveLength(pixels * (pixels * 4 + 1));
    }
  });

  it("say so when the SVG is made of more than they understand", () => {
    expect(() => shapesOf('<svg viewBox="0 0 8 8"><path d="M0 0Q1 1 2 2" fill="#000000" /></svg>')).toThrow(
      "path command Q",
    );
    expect(() => shapesOf('<svg viewBox="0 0 8 8"><rect fill="red" /></svg>')).toThrow("fill");
  });
});
