/* Pictures made by hand, whole and broken. */
import { deflateSync } from "node:zlib";

const TABLE = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc(bytes: Buffer): number {
  let c = 0xffffffff;
  for (const b of bytes) c = TABLE[(c ^ b) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length, 0);
  head.write(type, 4, "latin1");
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc(Buffer.concat([head.subarray(4), body])), 0);
  return Buffer.concat([head, body, tail]);
}

/** Of one colour; what is declared may differ from what is there, and words may stand beside it. */
export function png(
  width: number,
  height: number,
  options: { readonly rgb?: readonly [number, number, number]; readonly declared?: readonly [number, number]; readonly words?: string } = {},
): Buffer {
  const [r, g, b] = options.rgb ?? [200, 60, 30];
  const row = Buffer.concat([Buffer.of(0), Buffer.concat(Array.from({ length: width }, () => Buffer.of(r, g, b)))]);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(options.declared?.[0] ?? width, 0);
  head.writeUInt32BE(options.declared?.[1] ?? height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    ...(options.words === undefined ? [] : [chunk("tEXt", Buffer.from(`Comment\0${options.words}`))]),
    chunk("IDAT", deflateSync(Buffer.concat(Array.from({ length: height }, () => row)), { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A dot. */
export const GIF = Buffer.from("R0lGODlhAQABAIABAP8AAP///ywAAAAAAQABAAACAkQBADs=", "base64");

/** Width and height of a lossy WebP, as its frame says. */
export function sizeOfWebp(bytes: Buffer): readonly [number, number] {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 16) !== "WEBPVP8 ") return [0, 0];
  return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
}
