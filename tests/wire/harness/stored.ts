/* All that a server keeps on disk, read from beside it: what was refused must have left no trace there. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Server } from "./server";
import { eventually } from "./wait";

/** What moves by itself, and tells nothing of a request's effect: when sessions were last used, and who was last seen. */
const MOVING = new Set(["used_at", "address", "last_seen_at"]);

export class Stored {
  readonly #db: DatabaseSync;
  #version: unknown;
  #rows = new Map<string, string>();

  constructor(server: Server) {
    this.#db = new DatabaseSync(join(server.data, "confab.db"), { readOnly: true });
  }

  /** Each table's rows, as text. Read anew only when somebody has written. */
  all(): ReadonlyMap<string, string> {
    const { data_version: version } = this.#db.prepare("PRAGMA data_version").get()!;
    if (version === this.#version) return this.#rows;
    this.#version = version;
    // Of an index of words the rows in its table stand for it; its own pieces are merged at any time.
    const tables = this.#db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").all().map((t) => String(t["name"]));
    const indexes = this.#db.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'").all().map((t) => `${String(t["name"])}_`);
    this.#rows = new Map(tables.filter((name) => !indexes.some((index) => name.startsWith(index))).map((name) => [name, this.#table(name)]));
    return this.#rows;
  }

  #table(name: string): string {
    const all = this.#db.prepare(`SELECT * FROM "${name}"`);
    all.setReadBigInts(true);
    const shown = (key: string, value: unknown): unknown =>
      MOVING.has(key) ? undefined : typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
    return all.all().map((row) => JSON.stringify(row, shown)).join("\n");
  }

  /** When the rows of rooms that are gone for everybody have been removed; the room's own goes last. */
  async settled(): Promise<void> {
    const left = this.#db.prepare("SELECT 1 FROM rooms WHERE deleted = 1");
    await eventually(() => Promise.resolve(left.get() ? undefined : true), "a deleted room's rows are still there");
  }

  close(): void {
    this.#db.close();
  }
}

/** The rows that are in one and not in the other, by table. */
export function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  if (before === after) return [];
  return [...after].flatMap(([table, rows]) => {
    const was = before.get(table) ?? "";
    if (was === rows) return [];
    const [old, now] = [new Set(was.split("\n")), new Set(rows.split("\n"))];
    return [...[...old].filter((r) => !now.has(r)).map((r) => `- ${table} ${r}`), ...[...now].filter((r) => !old.has(r)).map((r) => `+ ${table} ${r}`)];
  });
}
