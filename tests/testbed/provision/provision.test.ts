import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TemporaryFolder } from "../temporary-folder.ts";
import type { Servers } from "./found.ts";
import { missingNotice, missingServers, reportMissing } from "./notice.ts";
import { provision } from "./provision.ts";
import { zooKeeperJars } from "./zookeeper.ts";

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await TemporaryFolder.create("coord-provision");
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

/** A place apart: its own PATH, cache and jars, all empty at first. */
async function place() {
  const bin = join(folder.path, "bin");
  const jars = join(folder.path, "jars");
  const cache = join(folder.path, "cache");
  await mkdir(bin, { recursive: true });
  await mkdir(jars, { recursive: true });
  return { bin, jars, cache, options: { env: { PATH: bin }, cache, systemJars: jars } };
}

async function addProgram(bin: string, name: string, script = ""): Promise<string> {
  const file = join(bin, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/**
 * Programs that stand for apt and dpkg: an archive with the packages of etcd alone, whose download leaves a trace and whose
 * unpacking gives two programs that work, one of them by way of a link to its place in a system.
 */
async function addArchive(bin: string): Promise<{ downloads: () => Promise<number> }> {
  const trace = join(folder.path, "downloads");
  await addProgram(bin, "apt-cache", "echo etcd-server; echo etcd-client");
  await addProgram(
    bin,
    "apt-get",
    `case "$*" in *download*) echo x >> ${trace}; : > etcd-server_1%3a3.4-5_all.deb; : > etcd-client_1%3a3.4-5_all.deb;; esac`,
  );
  await addProgram(
    bin,
    "dpkg",
    [
      'cd "$3"; /bin/mkdir -p usr/bin usr/lib/coord',
      'for p in bin/etcd lib/coord/ctl; do echo "#!/bin/sh" > usr/$p; /bin/chmod 755 usr/$p; done',
      "/bin/ln -sf /usr/lib/coord/ctl usr/bin/etcdctl",
    ].join("\n"),
  );
  return { downloads: async () => (await readFile(trace, "utf8")).trim().split("\n").length };
}

test("a URL comes before everything else", async () => {
  const { bin, options } = await place();
  await addProgram(bin, "etcd");
  await addProgram(bin, "etcdctl");
  const env = { PATH: bin, COORD_TEST_ETCD_URL: "etcd://db:2379", COORD_TEST_ZOOKEEPER_URL: "zk://zoo:2181" };
  const servers = await provision({ ...options, env });
  expect(servers).toEqual({
    etcd: { kind: "url", url: "etcd://db:2379" },
    zookeeper: { kind: "url", url: "zk://zoo:2181" },
  });
  expect(missingNotice(missingServers(servers))).toBeUndefined();
});

test("what is installed is used where it is", async () => {
  const { bin, jars, cache, options } = await place();
  const etcd = await addProgram(bin, "etcd");
  const etcdctl = await addProgram(bin, "etcdctl");
  const java = await addProgram(bin, "java");
  for (const name of zooKeeperJars) await writeFile(join(jars, `${name}.jar`), "");
  const servers = await provision(options);
  expect(servers.etcd).toEqual({ kind: "binaries", from: "path", binaries: { etcd, etcdctl } });
  expect(servers.zookeeper).toMatchObject({ kind: "binaries", from: "path", binaries: { java } });
  expect(existsSync(cache)).toBe(false);
});

test("where there is nothing, not even apt, the notice says what was tried and what to type", async () => {
  const { options } = await place();
  const servers = await provision(options);
  expect(servers).toMatchObject({ etcd: { kind: "missing" }, zookeeper: { kind: "missing" } });
  const notice = missingNotice(missingServers(servers)) ?? "";
  expect(notice).toContain("sudo apt-get install etcd-server etcd-client");
  expect(notice).toContain("sudo apt-get install libzookeeper-java default-jre-headless");
  expect(notice).toContain("COORD_TEST_ETCD_URL");
  expect(notice.replaceAll(/ *│\n│ */g, " ")).toContain("could not be run: there is no such program");
  const widths = new Set(notice.split("\n").map((line) => line.length));
  expect(widths.size).toBe(1);
});

test("a missing server is told of, and under CI it is a failure", () => {
  const found = { kind: "url", url: "etcd://db:2379" } as const;
  const missing = { kind: "missing", reason: "no network" } as const;
  const printed: string[] = [];
  const report = (servers: Servers, env: NodeJS.ProcessEnv) =>
    reportMissing(missingServers(servers), env, (text) => printed.push(text));

  report({ etcd: found, zookeeper: missing }, {});
  expect(printed).toEqual([expect.stringMatching(/No ZooKeeper[\s\S]*no network/)]);
  expect(() => report({ etcd: missing, zookeeper: found }, { CI: "true" })).toThrow(/No etcd[\s\S]*no network/);
  report({ etcd: found, zookeeper: found }, { CI: "true" });
  expect(printed).toHaveLength(1);
});

test("a failure of apt is given in its own words", async () => {
  const { bin, options } = await place();
  await addProgram(bin, "apt-get", "echo 'E: Unable to locate the archive' >&2; exit 100");
  const { etcd } = await provision(options);
  expect(etcd).toMatchObject({ kind: "missing", reason: expect.stringContaining("E: Unable to locate the archive") });
});

test("a package the archive does not have is named", async () => {
  const { bin, options } = await place();
  await addArchive(bin);
  const { zookeeper } = await provision(options);
  expect(zookeeper).toMatchObject({ kind: "missing", reason: expect.stringContaining("libzookeeper-java") });
});

test("packages are fetched once, stamped with their versions, and nothing else is left", async () => {
  const { bin, cache, options } = await place();
  const archive = await addArchive(bin);
  const first = await provision(options);
  expect(first.etcd).toMatchObject({ kind: "binaries", from: "packages" });
  expect(await provision(options)).toEqual(first);
  expect(await archive.downloads()).toBe(1);
  const [bundle, ...others] = await readdir(cache);
  expect(others).toEqual([]);
  const versions = JSON.parse(await readFile(join(cache, bundle ?? "", "versions.json"), "utf8"));
  expect(versions).toEqual({ "etcd-server": "1:3.4-5", "etcd-client": "1:3.4-5" });
});

test("several that fetch at once agree on one place", async () => {
  const { bin, cache, options } = await place();
  await addArchive(bin);
  const found = await Promise.all(Array.from({ length: 4 }, () => provision(options)));
  expect(new Set(found.map(({ etcd }) => JSON.stringify(etcd))).size).toBe(1);
  expect(found[0]?.etcd).toMatchObject({ kind: "binaries", from: "packages" });
  expect(await readdir(cache)).toHaveLength(1);
});

test("packages that do not work are not kept", async () => {
  const { bin, cache, options } = await place();
  await addArchive(bin);
  await addProgram(bin, "dpkg", "");
  const { etcd } = await provision(options);
  expect(etcd).toMatchObject({ kind: "missing" });
  expect(await readdir(cache)).toEqual([]);
});

test("what a killed fetch left is removed by the next", async () => {
  const { bin, cache, options } = await place();
  await addArchive(bin);
  const nobody = 2 ** 30; // above the highest process id there can be
  await mkdir(join(cache, `fetching-${nobody}-abc`), { recursive: true });
  await provision(options);
  expect((await readdir(cache)).filter((name) => name.startsWith("fetching-"))).toEqual([]);
});
