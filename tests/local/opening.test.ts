import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CoordError, connect as connectTo } from "@coord/core";
import { connect, fromUrl, LocalServer, local } from "@coord/local";
import { Mutex } from "@coord/lock";
import { describe, expect, onTestFinished, test } from "vitest";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";

async function temporary(): Promise<string> {
  const folder = await TemporaryFolder.create("coord-local");
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return folder.path;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);
const failing = (path: string, options = {}) =>
  connect({ path, ...options }, { waitMs: 2_000 }).catch((error) => error);

describe("a URL", () => {
  test("names a folder, from here or from the root, and a namespace", () => {
    expect(fromUrl("file:./some/where").endpoints).toEqual(["file:./some/where"]);
    expect(fromUrl("file:/some/where").endpoints).toEqual(["file:/some/where"]);
    expect(fromUrl("file:///some/wh%20ere?namespace=billing")).toMatchObject({
      endpoints: ["file:/some/wh ere"],
      namespace: "billing",
    });
  });

  test.each(["file:", "file://host/share", "file:./a?nam=b", "file:./%zz"])(
    "that can't be right is refused with what to write: %s",
    (url) => {
      expect(() => fromUrl(url)).toThrow(/write/);
    },
  );

  test("is taken by core's connect, and two clients of it see each other", async () => {
    const folder = await temporary();
    await using ours = await connectTo(`file:${folder}/store`);
    await using theirs = await connectTo(`file:${folder}/../${folder.split("/").at(-1)}/store`);
    await using hold = await new Mutex(ours, "m").acquire();
    expect(await new Mutex(theirs, "m").tryAcquire()).toBeNull();
    hold.check();
  });
});

describe("the files", () => {
  test("are for their owner alone, whatever the umask, unless it is said who else may come", async () => {
    const folder = await temporary();
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    for (const [mode, ofFolder] of [
      [0o600, 0o700],
      [0o660, 0o770],
    ] as const) {
      const path = join(folder, mode.toString(8));
      await using coord = await connect(mode === 0o600 ? { path } : { path, mode });
      expect(coord.state).toBe("connected");
      expect(statSync(path).mode & 0o777).toBe(ofFolder);
      const modes = readdirSync(path).map((name) => statSync(join(path, name)).mode & 0o777);
      expect(modes.length).toBeGreaterThanOrEqual(4);
      expect(new Set(modes)).toEqual(new Set([mode]));
    }
  });

  test("hold what was written for good over a boot, and let no token come again; sessions and what hung on them are gone", async () => {
    const path = await temporary();
    const first = await connect({ path });
    await first.store.commit({ writes: [{ put: "kept", value: bytes("1") }] });
    await first.store.commit({ writes: [{ put: "removed", value: bytes("1") }] });
    await first.store.commit({ writes: [{ put: "kept", value: bytes("2") }, { remove: "removed" }] });
    const kept = await first.store.get("kept");
    const hold = await new Mutex(first, "m").acquire();
    await first.close();
    // What a power failure leaves: everything of before may be lost but what was kept.
    for (const name of readdirSync(path)) if (name.startsWith("live-")) rmSync(join(path, name));
    await using second = await connect({ path });
    expect(await second.store.get("kept")).toEqual(kept);
    expect(await second.store.get("removed")).toBeUndefined();
    expect((await second.store.list("m")).entries).toEqual([]);
    expect((await new Mutex(second, "m").acquire()).fencingToken).toBeGreaterThan(hold.fencingToken);
    const { entries } = await second.store.commit({ writes: [{ put: "kept", value: bytes("3") }] });
    expect(entries[0]?.order).toBe(kept?.order);
    expect(entries[0]?.version).not.toBe(kept?.version);
  });

  test("of other boots are removed", async () => {
    const path = await temporary();
    writeFileSync(join(path, "live-another.mdb"), "what a power failure left of it");
    writeFileSync(join(path, "live-another.mdb-lock"), "");
    await using coord = await connect({ path });
    expect(coord.state).toBe("connected");
    expect(readdirSync(path).filter((name) => name.includes("another"))).toEqual([]);
  });

  test("have a namespace of their own for each client that asks for one", async () => {
    const path = await temporary();
    await using inside = await connect({ path, namespace: "billing" });
    await using outside = await connect({ path });
    await inside.store.commit({ writes: [{ put: "k", value: bytes("1") }] });
    expect(text((await outside.store.get("billing/k"))?.value)).toBe("1");
  });
});

describe("what can't be a store says so", () => {
  test("a file in the place of the folder", async () => {
    const path = join(await temporary(), "file");
    writeFileSync(path, "");
    for (const at of [path, join(path, "below")]) {
      const error = await failing(at);
      expect(CoordError.is(error, "USAGE")).toBe(true);
      expect(error.message).toContain(path);
      expect(error.message).toMatch(/is a file/);
    }
  });

  test("a newer format", async () => {
    const path = await temporary();
    await (await connect({ path })).close();
    for (const name of readdirSync(path)) if (name.startsWith("live-")) rmSync(join(path, name));
    const kept = readFileSync(join(path, "kept.log"));
    kept.writeUInt32BE(2, "@coord/local\n".length);
    writeFileSync(join(path, "kept.log"), kept);
    const error = await failing(path);
    expect(CoordError.is(error, "USAGE")).toBe(true);
    expect(error.message).toMatch(/format 2.*newer @coord\/local/s);
  });

  test("files that are none of ours", async () => {
    const path = await temporary();
    writeFileSync(join(path, "kept.log"), "x".repeat(20_000));
    const error = await failing(path);
    expect(CoordError.is(error, "USAGE")).toBe(true);
    expect(error.message).toMatch(/no embedded store, or it is damaged/);
  });

  test("options that can't be right", () => {
    expect(() => local({ path: "" })).toThrow(/path/);
    expect(() => local({ path: "a", mode: 0o777 })).toThrow(/mode/);
  });

  test.skipIf(process.getuid?.() !== 0)("a folder that this user may not write", async () => {
    const path = join(await temporary(), "theirs");
    await (await connect({ path })).close();
    await chmod(join(path, ".."), 0o755);
    const program = `
      const { connect } = await import(process.argv[1]);
      const error = await connect({ path: process.argv[2] }, { waitMs: 1000 }).then((c) => c.close(), (e) => e);
      console.log(error?.code, error?.message);`;
    const { program: made } = await import("./process.ts");
    const file = await made("door");
    chmodSync(file, 0o644);
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program, file, path], {
      uid: 65_534,
      gid: 65_534,
      encoding: "utf8",
      cwd: "/",
    });
    expect(stdout + stderr).toMatch(/^AUTH .*may not read and write the embedded store at .*theirs/);
  });

  test.skipIf(process.getuid?.() !== 0)("a disk that is full, when it is opened and later", async () => {
    const disk = async (size: string) => {
      const path = join(await temporary(), "small");
      await mkdir(path);
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
      onTestFinished(() => void execFileSync("umount", ["-l", path]));
      return path;
    };
    const error = await failing(await disk("2m"));
    expect(CoordError.is(error, "UNAVAILABLE")).toBe(true);
    expect(error.message).toMatch(/is full: make room/);

    const coord = await connect({ path: await disk("32m") });
    onTestFinished(() => coord.close());
    const hold = await new Mutex(coord, "m").acquire();
    const put = (index: number) =>
      coord.store.commit({ writes: [{ put: `k${index}`, value: new Uint8Array(2 ** 19) }] }).then(
        () => undefined,
        (reason) => reason,
      );
    let written = 0;
    let refusal: unknown;
    for (; written < 100 && !refusal; written += 1) refusal = await put(written);
    expect(CoordError.is(refusal, "UNAVAILABLE")).toBe(true);
    expect(String(refusal)).toMatch(/is full: make room/);
    expect(await coord.store.get(`k${written - 1}`)).toBeUndefined();
    expect(coord.state).toBe("connected");
    hold.check(); // a session goes on, and what there is can be removed
    for (let index = 0; index < written; index += 1) await coord.store.commit({ writes: [{ remove: `k${index}` }] });
    expect((await coord.store.list("m")).entries).toHaveLength(1);
    await hold.release();
  });
});

test("a server that is closed lets its files go, and another one opens them", async () => {
  const path = await temporary();
  for (let round = 0; round < 3; round += 1) {
    const server = new LocalServer({ path });
    expect(server.list("").entries).toEqual([]);
    await server.close();
    await server.close();
  }
});
