/* Which square of a picture is shown: a point in its middle and how near one looks. Lengths are the picture's own pixels; a
 * zoom of 1 shows the largest square that there is. The square never leaves the picture. */
export interface Crop {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export const ZOOM_MOST = 8;
/** Nearer than so many of its pixels there is nothing to see. */
const SIDE_LEAST = 48;

export function wholeOf(width: number, height: number): Crop {
  return { width, height, x: width / 2, y: height / 2, zoom: 1 };
}

export function zoomMost({ width, height }: Crop): number {
  return Math.max(1, Math.min(ZOOM_MOST, Math.min(width, height) / SIDE_LEAST));
}

export function sideOf({ width, height, zoom }: Crop): number {
  return Math.min(width, height) / zoom;
}

/** The square's corner and side. */
export function squareOf(crop: Crop): { readonly left: number; readonly top: number; readonly side: number } {
  const side = sideOf(crop);
  return { left: crop.x - side / 2, top: crop.y - side / 2, side };
}

function held(crop: Crop): Crop {
  const zoom = between(crop.zoom, 1, zoomMost(crop));
  const half = sideOf({ ...crop, zoom }) / 2;
  return {
    ...crop,
    zoom,
    x: between(crop.x, half, crop.width - half),
    y: between(crop.y, half, crop.height - half),
  };
}

/** Looks elsewhere: by parts of the square's side. */
export function moved(crop: Crop, dx: number, dy: number): Crop {
  const side = sideOf(crop);
  return held({ ...crop, x: crop.x + dx * side, y: crop.y + dy * side });
}

/** Looks nearer or farther. The point at (`atX`, `atY`), parts of the side from the middle, stays where it is. */
export function zoomed(crop: Crop, zoom: number, atX = 0, atY = 0): Crop {
  const to = between(zoom, 1, zoomMost(crop));
  const less = sideOf(crop) - sideOf({ ...crop, zoom: to });
  return held({ ...crop, zoom: to, x: crop.x + atX * less, y: crop.y + atY * less });
}

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
