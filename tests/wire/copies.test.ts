/* What commands write into files: whole or not there, never over what somebody else has kept, and for its owner alone. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuditLine } from "../../web/src/protocol/generated";
import { Person } from "./harness/api";
import { Server, binary } from "./harness/server";

let server: Server, ann: Person, folder: string, file: string;
const run = promisify(execFile);
/** The exit status, and what was said on standard error. */
const shell = async (...words: string[]): Promise<[number, string]> => {
  try {
    return [0, (await run(binary(), [...words, "--data", server.data])).stderr];
  } catch (failure) {
    const { code, signal, stderr } = failure as { code: number | null; signal: string | null; stderr: string };
    return [code ?? -1, signal ?? stderr];
  }
};
const whole = { export: (text: string) => text.trimEnd().endsWith("}") && text.includes('{"type":"end"'), backup: (text: string) => text.startsWith("SQLite format 3") };
const acts = async (): Promise<string[]> => (await ann.do<{ items: AuditLine[] }>("GET", "/admin/audit?limit=50")).items.map((line) => line.act);

beforeAll(async () => {
  server = await Server.start();
  ann = await Person.signUp(server, "ann");
  const room = (await ann.group("Garden")).room.id;
  for (let i = 0; i < 20; i++) await ann.send(room, "x".repeat(6000));
});
afterAll(async () => {
  await server.stop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "confab-copies-"));
  file = join(folder, "copy");
  return () => rmSync(folder, { recursive: true });
});

describe.each(["export", "backup"] as const)("confab %s", (command) => {
  const isWhole = (path = file): boolean => whole[command](readFileSync(path, "latin1"));

  test("writes a file for its owner alone, and nothing beside", async () => {
    expect(await shell(command, file)).toEqual([0, ""]);
    expect(isWhole()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  test("leaves a file alone that exists, unless it is told to replace it", async () => {
    writeFileSync(file, "kept");
    const before = await acts();
    const [status, told] = await shell(command, file);
    expect([status, told]).toEqual([1, `confab: can't write ${file}: it exists already; --force replaces it\n`]);
    expect(readFileSync(file, "utf8")).toBe("kept");
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(await acts()).toEqual(before); // nothing was taken out
    expect(await shell(command, "--force", file)).toEqual([0, ""]);
    expect(isWhole()).toBe(true);
    const link = join(folder, "link");
    symlinkSync(join(folder, "nothing"), link);
    expect((await shell(command, link))[1]).toMatch(/it exists already/);
  });

  test("puts itself into the place of no folder and no device, told so or not", async () => {
    mkdirSync(file);
    const pipe = join(folder, "pipe");
    await run("mkfifo", [pipe]);
    for (const force of [[], ["--force"]]) {
      expect(await shell(command, file, ...force)).toEqual([1, `confab: can't write ${file}: Is a directory\n`]);
      expect(await shell(command, pipe, ...force)).toEqual([1, `confab: can't write ${pipe}: it is no ordinary file\n`]);
    }
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  test.each([["where there was none", undefined], ["in the place of another", "kept"]])("interrupted, has left no half file %s, and runs again", async (_, kept) => {
    if (kept !== undefined) writeFileSync(file, kept);
    // The kernel ends it where the file would grow past this.
    await expect(run("sh", ["-c", 'ulimit -f 16; exec "$@"', "sh", binary(), command, "--force", file, "--data", server.data])).rejects.toMatchObject({ signal: "SIGXFSZ" });
    expect(existsSync(file) ? readFileSync(file, "utf8") : undefined).toBe(kept);
    expect(existsSync(`${file}.part`)).toBe(true);
    chmodSync(`${file}.part`, 0o644);
    expect(await shell(command, "--force", file)).toEqual([0, ""]);
    expect(isWhole()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  test("doesn't mix with another one that writes the same file", async () => {
    await expect(run("flock", [`${file}.part`, binary(), command, file, "--data", server.data])).rejects.toThrow(`can't write ${file}: somebody else is writing it`);
    expect(existsSync(file)).toBe(false);
  });

  test("writes into nothing that somebody else could read", async () => {
    writeFileSync(join(folder, "theirs"), "");
    linkSync(join(folder, "theirs"), `${file}.part`);
    expect((await shell(command, file))[1]).toMatch(/is somebody else's/);
    unlinkSync(`${file}.part`);
    symlinkSync(join(folder, "theirs"), `${file}.part`);
    expect((await shell(command, file))[0]).toBe(1);
    expect(readFileSync(join(folder, "theirs"), "utf8")).toBe("");
  });
});
