import { bytes, text } from "@coord/conformance";
import { CoordError, systemRuntime } from "@coord/core";
import type { Entry, Store } from "@coord/core/spi";
import { type ZooKeeperOptions, zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { RequestGate } from "./request-gate.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const events = { renewed: nothing, disconnected: nothing, expired: nothing };
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const storeAt = (server: string, options: Partial<ZooKeeperOptions> = {}): Promise<Store> =>
  zookeeper({ servers: [server], ...options }).open({ runtime: systemRuntime, logger: silent, namespace: "" });
const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (error) => (CoordError.is(error) ? error.code : String(error)),
  );

/** A commit is planned on what is seen, and sent after that: what happens in between must be noticed by the server. */
describe.skipIf(binaries === undefined)("between the look and the commit", () => {
  let cluster: Cluster;
  let gate: RequestGate;
  let store: Store;
  let other: Store;
  let owner: Store;

  beforeAll(async () => {
    if (!binaries) return;
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    gate = await RequestGate.start(cluster.node.endpoint);
    store = await storeAt(gate.address);
    other = await storeAt(hostPort(cluster.node.endpoint));
    owner = await storeAt(hostPort(cluster.node.endpoint), { auth: { user: "owner", password: "open-sesame-7" } });
  });

  afterAll(async () => {
    await store?.close();
    await other?.close();
    await owner?.close();
    await gate?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const made = async (key: string, value = "0"): Promise<Entry> => {
    await other.commit({ writes: [{ put: key, value: bytes(value) }] });
    const entry = await other.get(key);
    if (!entry) throw new Error("it was just made");
    return entry;
  };
  const remade = async (key: string): Promise<void> => {
    await other.commit({ writes: [{ remove: key }] });
    await other.commit({ writes: [{ create: key, value: bytes("another") }] });
  };
  const currentOf = async (key: string) => text((await other.get(key))?.value ?? bytes("gone"));

  test.each<[string, (entry: Entry) => Parameters<Store["commit"]>[0]]>([
    ["an update", (entry) => ({ writes: [{ update: entry, value: bytes("lost") }] })],
    ["a removal", (entry) => ({ writes: [{ remove: entry }] })],
    [
      "a guard",
      (entry) => ({ guards: [{ unchanged: entry }], writes: [{ put: "anew/beside", value: bytes("lost") }] }),
    ],
  ])(
    "an entry is removed and made anew, as often changed as before: %s of the old one is a conflict",
    async (_, commitOf) => {
      const entry = await made("anew/k");
      const happened = gate.before("multi", () => remade("anew/k"));
      expect(await outcome(store.commit(commitOf(entry)))).toBe("CONFLICT");
      expect(happened()).toBe(true);
      expect(await currentOf("anew/k")).toBe("another");
      expect(await other.get("anew/beside")).toBe(undefined);
      await other.commit({ writes: [{ remove: "anew/k" }] });
    },
  );

  test("an entry goes whose directory stays: it doesn't exist for a guard, though its node does", async () => {
    await made("kept");
    await made("kept/below");
    const happened = gate.before("multi", () => other.commit({ writes: [{ remove: "kept" }] }));
    const guarded = store.commit({ guards: [{ exists: "kept" }], writes: [{ put: "guarded", value: bytes("lost") }] });
    expect(await outcome(guarded)).toBe("CONFLICT");
    expect(happened()).toBe(true);
    expect(await other.get("guarded")).toBe(undefined);
  });

  test("an entry goes and a directory is made in its place: it doesn't exist for a guard", async () => {
    await made("turned");
    const happened = gate.before("multi", async () => {
      await other.commit({ writes: [{ remove: "turned" }] });
      await other.commit({ writes: [{ create: "turned/below", value: bytes("0") }] });
    });
    const guarded = store.commit({ guards: [{ exists: "turned" }], writes: [{ put: "beside", value: bytes("lost") }] });
    expect(await outcome(guarded)).toBe("CONFLICT");
    expect(happened()).toBe(true);
    expect(await other.get("beside")).toBe(undefined);
  });

  test("one of many that share a transaction changes: the others are done, each once", async () => {
    const count = 40;
    const entries: Entry[] = [];
    for (let index = 0; index < count; index += 1) entries.push(await made(`many/${index}`));
    const outcomes = entries.map((entry) =>
      outcome(store.commit({ writes: [{ update: entry, value: bytes("mine") }] })),
    );
    await outcomes[0]; // in a round of its own, while the others gather for the next
    const happened = gate.before("multi", () => other.commit({ writes: [{ put: "many/7", value: bytes("theirs") }] }));
    const all = await Promise.all(outcomes);
    expect(happened()).toBe(true);
    expect(all.map((each, index) => (each === "done" ? -1 : index)).filter((index) => index >= 0)).toEqual([7]);
    expect(all[7]).toBe("CONFLICT");
    const { entries: after } = await other.list("many");
    const versions = after.map(({ key, value, version }) => [key, text(value), version.split(".")[1]]);
    const expected = entries.map(({ key }, index) => [key, index === 7 ? "theirs" : "mine", "1"]);
    expect(versions).toEqual(expected.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
  });

  test.each([
    ["what it may not read", "denied", "AUTH"],
    ["what can't be there", "zookeeper/x", "USAGE"],
    ["what has no room for a directory", "bound/x/y", "USAGE"],
  ])("one of many that share a transaction also puts %s: it alone is refused", async (_, key, code) => {
    await owner.commit({ writes: [{ put: "denied", value: bytes("0") }] });
    const session = await other.openSession({ ttlMs: 4_000, events });
    await other.commit({ writes: [{ create: "bound", value: bytes("0"), session }] });
    const entries: Entry[] = [];
    for (let index = 0; index < 10; index += 1) entries.push(await made(`refused/${index}`));
    const outcomes = entries.map((entry, index) => {
      const also = index === 7 ? [{ put: key, value: bytes("lost") }] : [];
      return outcome(store.commit({ writes: [{ update: entry, value: bytes("mine") }, ...also] }));
    });
    const all = await Promise.all(outcomes);
    expect(all).toEqual(entries.map((_, index) => (index === 7 ? code : "done")));
    const { entries: after } = await other.list("refused");
    expect(after.map(({ value }) => text(value))).toEqual(all.map((each) => (each === "done" ? "mine" : "0")));
    await session.close();
  });

  test("those of a round that are done are told so while another one of it is still under way", async () => {
    const entries: Entry[] = [];
    for (let index = 0; index < 4; index += 1) entries.push(await made(`early/${index}`));
    const [alone, one, two, late] = entries.map((entry, index) => {
      const both = index < 2 ? [] : [{ put: "early/both", value: bytes(`${index}`) }]; // so the last goes by itself
      return outcome(store.commit({ writes: [{ update: entry, value: bytes("mine") }, ...both] }));
    });
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await alone; // in a round of its own, while the others gather for the next
    gate.before("multi", async () => gate.before("multi", () => released));
    try {
      expect(await Promise.all([one, two])).toEqual(["done", "done"]);
      expect(await Promise.race([late, "under way"])).toBe("under way");
    } finally {
      release();
    }
    expect(await late).toBe("done");
    expect(await currentOf("early/both")).toBe("3");
  });

  test("commits of one key keep the order of their calls, and the second of one version is a conflict", async () => {
    const first = await made("row/first");
    const entry = await made("row/k");
    const gone = await made("row/gone");
    const there = await made("row/there");
    const value = (what: string) => bytes(what);
    const outcomes = [
      store.commit({ writes: [{ update: first, value: value("1") }] }), // a round of its own, while the others gather
      store.commit({ writes: [{ update: entry, value: value("1") }] }),
      store.commit({ writes: [{ remove: entry }] }),
      store.commit({ guards: [{ unchanged: entry }], writes: [{ put: "row/other", value: value("1") }] }),
      store.commit({ writes: [{ remove: gone }] }),
      store.commit({ guards: [{ absent: "row/gone" }], writes: [{ update: there, value: value("1") }] }), // which is so only then
    ].map(outcome);
    expect(await Promise.all(outcomes)).toEqual(["done", "done", "CONFLICT", "CONFLICT", "done", "done"]);
    expect(await currentOf("row/k")).toBe("1");
    expect(await other.get("row/other")).toBe(undefined);
  });
});
