import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Config } from "@coord/config";
import { type Coord, CoordError, connect } from "@coord/core";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { eventually } from "../testbed/eventually.ts";
import { freePorts } from "../testbed/free-ports.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";

const schema = z.object({ count: z.number().default(0), token: z.string().default("none") });
const options = { schema, secret: ["token"], env: "SNAPSHOT_TEST_", environment: {} };

let names = 0;

/** A folder for the file, and a store that has a document in version 2. */
async function world() {
  const folder = await TemporaryFolder.create("coord-config");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const snapshotFile = join(folder.path, "app.json");
  names += 1;
  const coord = await closed(connect(`memory:config-snapshots-${names}`));
  const config = await Config.open(coord, "app", { ...options, snapshotFile });
  await config.set({ count: 1 });
  await config.set({ count: 2, token: "hunter2" });
  await config.close();
  return { folder: folder.path, snapshotFile, coord };
}

async function closed(connecting: Promise<Coord>): Promise<Coord> {
  const coord = await connecting;
  onTestFinished(() => coord.close());
  return coord;
}

/** A client of a store that nobody runs. */
async function nowhere(): Promise<Coord> {
  const [port] = await freePorts(1);
  return closed(connect(`etcd://127.0.0.1:${port}`, { lazy: true }));
}

test("the last good version is on disk, whole, for the owner's eyes alone, without what the environment says", async () => {
  const { folder, snapshotFile, coord } = await world();
  expect((await stat(snapshotFile)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["app.json"]);
  const environment = { SNAPSHOT_TEST_TOKEN: "from-outside" };
  const config = await Config.open(coord, "app", { ...options, environment, snapshotFile });
  await Promise.all(
    Array.from({ length: 20 }, () => config.update((now) => ({ ...now, count: (now.count ?? 0) + 1 }))),
  );
  await config.close();
  const text = await readFile(snapshotFile, "utf8");
  expect(JSON.parse(JSON.parse(text).document)).toMatchObject({ version: 22, value: { count: 22, token: "hunter2" } });
  expect(text).not.toContain("from-outside");
});

test("without the store the file serves, marked as stale; without a file there is an error that names the endpoints", async () => {
  const { snapshotFile } = await world();
  const coord = await nowhere();
  const environment = { SNAPSHOT_TEST_COUNT: "9" };
  const config = await Config.open(coord, "app", { ...options, environment, snapshotFile, waitMs: 300 });
  expect([config.current, config.version, config.stale, config.stored]).toEqual([
    { count: 9, token: "hunter2" },
    2,
    true,
    "set",
  ]);
  const refused = await Config.open(coord, "app", { ...options, waitMs: 300 }).catch((error: unknown) => error);
  expect(CoordError.is(refused, "UNAVAILABLE")).toBe(true);
  expect(String(refused)).toContain(coord.status().endpoints[0]);
  const write = await config.set({ count: 1 }, { waitMs: 200 }).catch((error: unknown) => error);
  expect(CoordError.is(write, "TIMEOUT")).toBe(true);
});

test.each([
  ["cut in half", (text: string) => text.slice(0, text.length / 2), /cut off or changed/],
  ["changed by hand", (text: string) => text.replace("hunter2", "hunter3"), /cut off or changed/],
  ["empty", () => "", /cut off or changed/],
  ["of another document", (text: string) => text, /another document/],
  ["missing", undefined, /none yet/],
] as const)(
  "a file that is %s is of no use, and the error says so; with the store it harms nothing and is replaced",
  async (what, spoil, why) => {
    const { folder, snapshotFile, coord: there } = await world();
    const file = spoil ? snapshotFile : join(folder, "none.json");
    if (spoil) await writeFile(snapshotFile, spoil(await readFile(snapshotFile, "utf8")));
    const name = what === "of another document" ? "other" : "app";
    const coord = await nowhere();
    const refused = await Config.open(coord, name, { ...options, snapshotFile: file, waitMs: 200 }).catch(
      (error: unknown) => error,
    );
    expect(CoordError.is(refused, "UNAVAILABLE")).toBe(true);
    expect(String(refused)).toMatch(why);
    expect(String(refused)).toContain(file);
    expect(String(refused)).not.toContain("hunter");
    const config = await Config.open(there, name, { ...options, snapshotFile: file });
    await config.close();
    const again = await Config.open(await nowhere(), name, { ...options, snapshotFile: file, waitMs: 200 });
    expect(again.current.count).toBe(name === "app" ? 2 : 0);
  },
);

test("one who starts while the store has something invalid has the last good version from the file", async () => {
  const { snapshotFile, coord } = await world();
  await coord.store.commit({ writes: [{ put: "app", value: Buffer.from("{") }] });
  const config = await Config.open(coord, "app", { ...options, snapshotFile });
  expect([config.current.count, config.stored, config.version]).toEqual([2, "invalid", 2]);
  expect(config.rejection?.issues).toHaveLength(1);
  await config.set({ count: 5 });
  expect([config.current.count, config.stored, config.version]).toEqual([5, "set", 3]);
});

test("a file that can't be written is logged, and the application runs", async () => {
  const { folder, coord } = await world();
  const warnings: string[] = [];
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, message: string) => void warnings.push(message),
  };
  const other = await closed(connect("memory:config-snapshots-unwritable", { logger }));
  const config = await Config.open(other, "app", { ...options, snapshotFile: join(folder, "no/such/folder/app.json") });
  await config.set({ count: 1 });
  await eventually("the warning", () => warnings.some((message) => message.includes("snapshot")));
  expect(config.current.count).toBe(1);
  await coord.close();
});
