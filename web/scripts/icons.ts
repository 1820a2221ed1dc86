/* Icons of the installed app, drawn from the one SVG while building: phones and desks want PNG. It understands what that file
 * is made of (rect with rx, circle, path with M L A C Z, fill) and says so if it ever is made of more. */
import { deflateSync } from "node:zlib";

type Point = readonly [x: number, y: number];
interface Shape {
  readonly fill: readonly [number, number, number];
  readonly outline: readonly Point[];
}

const STEPS = 24;
/** Samples per pixel in each direction. */
const FINE = 4;

function attributes(tag: string): Record<string, string> {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map((m) => [m[1]!, m[2]!]));
}

/** SVG 1.1, F.6.5: from end points to the centre. */
function arc(from: Point, r: number, large: boolean, sweep: boolean, to: Point): Point[] {
  const [dx, dy] = [(from[0] - to[0]) / 2, (from[1] - to[1]) / 2];
  const half = Math.hypot(dx, dy);
  const radius = Math.max(r, half);
  const far = Math.sqrt(Math.max(0, radius * radius - half * half)) / (half || 1);
  const sign = large === sweep ? -1 : 1;
  const [cx, cy] = [(from[0] + to[0]) / 2 + sign * far * dy, (from[1] + to[1]) / 2 - sign * far * dx];
  const start = Math.atan2(from[1] - cy, from[0] - cx);
  let turn = Math.atan2(to[1] - cy, to[0] - cx) - start;
  if (sweep && turn < 0) turn += 2 * Math.PI;
  if (!sweep && turn > 0) turn -= 2 * Math.PI;
  return Array.from({ length: STEPS }, (_, i): Point => {
    const at = start + (turn * (i + 1)) / STEPS;
    return [cx + radius * Math.cos(at), cy + radius * Math.sin(at)];
  });
}

function curve(a: Point, b: Point, c: Point, d: Point): Point[] {
  return Array.from({ length: STEPS }, (_, i): Point => {
    const t = (i + 1) / STEPS;
    const mix = (k: 0 | 1): number =>
      a[k] * (1 - t) ** 3 + 3 * b[k] * t * (1 - t) ** 2 + 3 * c[k] * t ** 2 * (1 - t) + d[k] * t ** 3;
    return [mix(0), mix(1)];
  });
}

function outlineOf(d: string): Point[] {
  const points: Point[] = [];
  const tokens = d.match(/[a-zA-Z]|-?\d*\.?\d+/g) ?? [];
  let command = "";
  let at: Point = [0, 0];
  for (let i = 0; i < tokens.length;) {
    if (/[a-zA-Z]/.test(tokens[i]!)) command = tokens[i++]!;
    if (command === "Z" || command === "z") continue;
    const relative = command === command.toLowerCase();
    const number = (): number => Number(tokens[i++]);
    const point = (): Point => {
      const [x, y] = [number(), number()];
      return relative ? [at[0] + x, at[1] + y] : [x, y];
    };
    const before = at;
    switch (command.toUpperCase()) {
      case "M":
      case "L":
        points.push((at = point()));
        break;
      case "C": {
        const [b, c, d2] = [point(), point(), point()];
        points.push(...curve(before, b, c, d2));
        at = d2;
        break;
      }
      case "A": {
        const [rx, ry] = [number(), number()];
        if (rx !== ry) throw new Error("icon: only round arcs");
        number();
        const [large, sweep] = [number() === 1, number() === 1];
        at = point();
        points.push(...arc(before, rx, large, sweep, at));
        break;
      }
      default:
        throw new Error(`icon: path command ${command}`);
    }
  }
  return points;
}

function shapeOf(name: string, a: Record<string, string>): Shape {
  const hex = /^#(..)(..)(..)$/.exec(a["fill"] ?? "");
  if (!hex) throw new Error(`icon: fill of ${name}`);
  const fill = [hex[1]!, hex[2]!, hex[3]!].map((h) => parseInt(h, 16)) as [number, number, number];
  const n = (key: string): number => Number(a[key] ?? 0);
  if (name === "path") return { fill, outline: outlineOf(a["d"] ?? "") };
  if (name === "circle") {
    const [x, y, r] = [n("cx"), n("cy"), n("r")];
    return {
      fill,
      outline: outlineOf(`M${x - r} ${y}A${r} ${r} 0 1 1 ${x + r} ${y}A${r} ${r} 0 1 1 ${x - r} ${y}`),
    };
  }
  const [x, y, w, h, r] = [n("x"), n("y"), n("width"), n("height"), n("rx")];
  const round = `A${r} ${r} 0 0 1 `;
  return {
    fill,
    outline: outlineOf(
      `M${x + r} ${y}L${x + w - r} ${y}${round}${x + w} ${y + r}L${x + w} ${y + h - r}${round}${x + w - r} ${y + h}` +
        `L${x + r} ${y + h}${round}${x} ${y + h - r}L${x} ${y + r}${round}${x + r} ${y}`,
    ),
  };
}

export function shapesOf(svg: string): { size: number; shapes: Shape[] } {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1] ?? NaN);
  const tags = [...svg.matchAll(/<(\w+)\s([^>]*)\/>/g)];
  if (Number.isNaN(size) || tags.length === 0)
    throw new Error("icon: a square viewBox and shapes are expected");
  return { size, shapes: tags.map((m) => shapeOf(m[1]!, attributes(m[2]!))) };
}

/** Where the outline is crossed at this height, and which way (non-zero rule). */
function crossings(outline: readonly Point[], y: number): { x: number; way: number }[] {
  const found: { x: number; way: number }[] = [];
  for (const [i, a] of outline.entries()) {
    const b = outline[(i + 1) % outline.length]!;
    if (a[1] <= y === b[1] <= y) continue;
    found.push({ x: a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]), way: a[1] < b[1] ? 1 : -1 });
  }
  return found.sort((p, q) => p.x - q.x);
}

/** RGBA. `margin`: how much of the edge stays free, filled with the first shape's colour to the edge. */
export function draw(svg: string, pixels: number, margin?: number): Uint8Array {
  const { size, shapes } = shapesOf(svg);
  const fine = pixels * FINE;
  const scale = (fine * (1 - 2 * (margin ?? 0))) / size;
  const shift = fine * (margin ?? 0);
  const sums = new Float64Array(pixels * pixels * 4);
  const row = new Uint8Array(fine * 4);
  for (let y = 0; y < fine; y++) {
    row.fill(0);
    if (margin !== undefined) for (let x = 0; x < fine; x++) row.set([...shapes[0]!.fill, 255], x * 4);
    for (const shape of shapes) {
      let inside = 0;
      const cuts = crossings(shape.outline, (y + 0.5 - shift) / scale);
      for (const [i, cut] of cuts.entries()) {
        inside += cut.way;
        if (inside === 0) continue;
        const from = Math.max(0, Math.ceil(cut.x * scale + shift - 0.5));
        const to = Math.min(fine, Math.ceil((cuts[i + 1]?.x ?? cut.x) * scale + shift - 0.5));
        for (let x = from; x < to; x++) row.set([...shape.fill, 255], x * 4);
      }
    }
    for (let x = 0; x < fine; x++) {
      const to = (Math.floor(y / FINE) * pixels + Math.floor(x / FINE)) * 4;
      const alpha = row[x * 4 + 3]! / 255;
      for (let c = 0; c < 3; c++) sums[to + c]! += row[x * 4 + c]! * alpha;
      sums[to + 3]! += alpha;
    }
  }
  const out = new Uint8Array(pixels * pixels * 4);
  for (let i = 0; i < out.length; i += 4) {
    const alpha = sums[i + 3]!;
    for (let c = 0; c < 3; c++) out[i + c] = alpha === 0 ? 0 : Math.round(sums[i + c]! / alpha);
    out[i + 3] = Math.round((alpha * 255) / (FINE * FINE));
  }
  return out;
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = CRC[(crc ^ byte) & 255]! ^ (crc >>> 8);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export function png(pixels: number, rgba: Uint8Array): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(pixels, 0);
  head.writeUInt32BE(pixels, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const lines = Buffer.alloc(pixels * (pixels * 4 + 1));
  for (let y = 0; y < pixels; y++)
    lines.set(rgba.subarray(y * pixels * 4, (y + 1) * pixels * 4), y * (pixels * 4 + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** File name, pixels, and the margin of those that a system cuts into a shape of its own. */
export const ICONS = [
  ["icon-192.png", 192, undefined],
  ["icon-512.png", 512, undefined],
  ["icon-maskable-512.png", 512, 0.1],
  ["apple-touch-icon.png", 180, 0],
] as const;
