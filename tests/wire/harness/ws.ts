/* A WebSocket client by hand (RFC 6455, RFC 7692): it can also do what no client may. */
import { createHash, randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { Raw, parseAnswer, type Parsed, type RawAnswer } from "./raw";
import type { Server } from "./server";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export interface WsFrame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export interface FrameOptions {
  readonly fin?: boolean;
  /** The three reserved bits: 4 is RSV1. */
  readonly rsv?: number;
  readonly mask?: boolean;
  /** Tells this length whatever the payload has. */
  readonly length?: bigint;
}

export function frame(opcode: number, payload: string | Buffer = "", options: FrameOptions = {}): Buffer {
  const body = Buffer.from(payload);
  const masked = options.mask ?? true;
  const head = [((options.fin ?? true) ? 0x80 : 0) | ((options.rsv ?? 0) << 4) | opcode];
  const length = options.length ?? BigInt(body.length);
  const bit = masked ? 0x80 : 0;
  if (length < 126n) head.push(bit | Number(length));
  else if (length < 65536n) head.push(bit | 126, Number(length >> 8n), Number(length & 255n));
  else {
    head.push(bit | 127);
    for (let i = 7; i >= 0; i--) head.push(Number((length >> BigInt(8 * i)) & 255n));
  }
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  for (let i = 0; i < body.length; i++) body[i] = body[i]! ^ key[i & 3]!;
  return Buffer.concat([Buffer.from(head), key, body]);
}

export function closeFrame(code: number, reason: string | Buffer = ""): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));
}

export function deflated(text: string | Buffer): Buffer {
  const bytes = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, bytes.length - 4);
}

export function inflated(bytes: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([bytes, Buffer.from([0, 0, 255, 255])]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

export function parseFrame(bytes: Buffer): Parsed<WsFrame> | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 127;
  const from = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (bytes.length < from) return undefined;
  const n = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < from + n) return undefined;
  const first = bytes[0]!;
  return {
    value: {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 15,
      masked: (bytes[1]! & 0x80) !== 0,
      payload: bytes.subarray(from, from + n),
    },
    used: from + n,
  };
}

export interface HandshakeOptions {
  readonly path?: string;
  readonly token?: string;
  readonly deflate?: boolean;
  /** Added, or in place of those of the same name; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly method?: string;
  readonly version?: string;
}

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

export function handshake(server: Server, options: HandshakeOptions = {}): string {
  const headers: Record<string, string | undefined> = {
    Host: server.host,
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
    ...(options.deflate ? { "Sec-WebSocket-Extensions": "permessage-deflate; client_no_context_takeover" } : {}),
    ...options.headers,
  };
  const fields = Object.entries(headers).flatMap(([k, v]) => (v === undefined ? [] : [`${k}: ${v}\r\n`]));
  const path = options.path ?? "/debug/echo";
  return `${options.method ?? "GET"} ${path} HTTP/${options.version ?? "1.1"}\r\n${fields.join("")}\r\n`;
}

export interface Closed {
  /** 1005: a close frame without code; 1006: none came. */
  readonly code: number;
  readonly reason: string;
}

export class Ws {
  readonly raw: Raw;
  readonly answer: RawAnswer;

  private constructor(raw: Raw, answer: RawAnswer) {
    this.raw = raw;
    this.answer = answer;
  }

  static async open(server: Server, options: HandshakeOptions = {}): Promise<Ws> {
    const raw = await Raw.open(server);
    raw.send(handshake(server, options));
    const answer = await raw.take((bytes) => parseAnswer(bytes, false), "the handshake's answer");
    if (answer.status !== 101) {
      raw.close();
      throw new Error(`handshake: ${String(answer.status)} ${answer.body.toString()}`);
    }
    return new Ws(raw, answer);
  }

  send(...frames: Buffer[]): void {
    this.raw.send(Buffer.concat(frames));
  }

  async frame(): Promise<WsFrame> {
    return this.raw.take(parseFrame, "a frame");
  }

  /** Text of the next frame, which must be a whole text message. */
  async text(): Promise<string> {
    const f = await this.frame();
    if (f.opcode !== TEXT || !f.fin || f.masked) throw new Error(`no text: ${JSON.stringify(f)}`);
    return (f.rsv === 4 ? inflated(f.payload) : f.payload).toString("utf8");
  }

  /** Waits for the close frame and for the end of the connection. Frames before it are skipped. */
  async closed(): Promise<Closed> {
    let last: WsFrame | undefined;
    for (;;) {
      try {
        const f = await this.frame();
        if (f.opcode === CLOSE) last = f;
      } catch (error) {
        if (this.raw.isOpen) throw error;
        break;
      }
      if (last) break;
    }
    await this.raw.end();
    this.raw.close();
    if (!last) return { code: 1006, reason: "" };
    if (last.payload.length === 0) return { code: 1005, reason: "" };
    return { code: last.payload.readUInt16BE(0), reason: last.payload.toString("utf8", 2) };
  }
}
