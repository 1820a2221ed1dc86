/* Where pictures stand: three sizes of each, for screens with two pixels to one. */
import type { Room, User } from "../protocol/generated";

const BASE = "/api/v1";

function side(size: number): number {
  return size <= 48 ? 96 : size <= 128 ? 256 : 512;
}

export function avatarOf(user: User | undefined, size: number): string | undefined {
  if (user?.avatar === undefined) return undefined;
  return `${BASE}/users/${user.id}/avatar/${user.avatar}-${String(side(size))}`;
}

export function serverPicture(
  server: { readonly picture?: string | undefined } | undefined,
  size: number,
): string | undefined {
  if (server?.picture === undefined) return undefined;
  return `${BASE}/server/picture/${server.picture}-${String(side(size))}`;
}

export function pictureOf(room: Room, size: number): string | undefined {
  if (room.picture === undefined) return undefined;
  return `${BASE}/rooms/${room.id}/picture/${room.picture}-${String(side(size))}`;
}
