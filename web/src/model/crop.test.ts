import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { moved, sideOf, squareOf, wholeOf, zoomMost, zoomed, type Crop } from "./crop";

function within(crop: Crop): boolean {
  const { left, top, side } = squareOf(crop);
  const least = -1e-6;
  return (
    left >= least && top >= least && left + side <= crop.width - least && top + side <= crop.height - least
  );
}

describe("a section of a picture", () => {
  it("begins as the largest square in the middle", () => {
    expect(squareOf(wholeOf(400, 300))).toEqual({ left: 50, top: 0, side: 300 });
    expect(squareOf(wholeOf(300, 400))).toEqual({ left: 0, top: 50, side: 300 });
  });

  it("stops at the edge", () => {
    expect(squareOf(moved(wholeOf(400, 300), 5, 5))).toEqual({ left: 100, top: 0, side: 300 });
    expect(squareOf(moved(wholeOf(400, 300), -5, 0)).left).toBe(0);
  });

  it("keeps what one points at where it is while one looks nearer", () => {
    const crop = zoomed(wholeOf(400, 400), 2, 0.5, 0.5); // the lower right corner
    expect(squareOf(crop)).toEqual({ left: 200, top: 200, side: 200 });
    expect(squareOf(zoomed(wholeOf(400, 400), 2))).toEqual({ left: 100, top: 100, side: 200 });
  });

  it("comes back to the whole, wherever it was", () => {
    const crop = zoomed(moved(zoomed(wholeOf(400, 300), 4), 9, 9), 1);
    expect(sideOf(crop)).toBe(300);
    expect(within(crop)).toBe(true);
  });

  it("does not look nearer than there is something to see", () => {
    expect(zoomMost(wholeOf(4_000, 3_000))).toBe(8);
    expect(zoomMost(wholeOf(96, 200))).toBe(2);
    expect(zoomMost(wholeOf(10, 10))).toBe(1);
    expect(sideOf(zoomed(wholeOf(10, 10), 5))).toBe(10);
  });

  it("never leaves the picture, whatever is done to it", () => {
    const deed = fc.oneof(
      fc.record({
        dx: fc.double({ min: -3, max: 3, noNaN: true }),
        dy: fc.double({ min: -3, max: 3, noNaN: true }),
      }),
      fc.record({
        zoom: fc.double({ min: 0, max: 20, noNaN: true }),
        x: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        y: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
      }),
    );
    const size = fc.integer({ min: 1, max: 9_000 });
    fc.assert(
      fc.property(size, size, fc.array(deed, { maxLength: 12 }), (width, height, deeds) => {
        let crop = wholeOf(width, height);
        for (const d of deeds) {
          crop = "zoom" in d ? zoomed(crop, d.zoom, d.x, d.y) : moved(crop, d.dx, d.dy);
          expect(within(crop)).toBe(true);
        }
      }),
    );
  });
});
