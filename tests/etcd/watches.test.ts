import type { Scope, Snapshot, Store } from "@coord/core/spi";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld, text } from "./world.ts";

/** All that a watch tells, in a list that grows. */
function seenBy(store: Store, scope: Scope): Snapshot[] {
  const done = new AbortController();
  onTestFinished(() => done.abort());
  const seen: Snapshot[] = [];
  const watch = async () => {
    for await (const snapshot of store.watch(scope, { signal: done.signal })) seen.push(snapshot);
  };
  void watch();
  return seen;
}

const put = (store: Store, key: string, value: string | Uint8Array) =>
  store.commit({ writes: [{ put: key, value: typeof value === "string" ? bytes(value) : value }] });

const fresh = (seen: readonly Snapshot[]) => (seen.at(-1)?.stale === false ? seen.at(-1) : undefined);

describe.skipIf(binaries === undefined)("watches on etcd", () => {
  // A client that takes the revision of an answer's head for the last one delivered loses what was under way (E1).
  test("3,000 updates through more than 15 broken connections: each key's values in their order, none lost at the end", async () => {
    const world = await EtcdWorld.start();
    const { store, network, proxies } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => put(writer, `w/${index}`, `${round}`)));
      if (round % 3 === 1) network.reset();
    }
    await put(writer, "w/end", "end");
    await eventually("the last state", () => fresh(seen)?.entries.some(({ key }) => key === "w/end") ?? false);
    expect(proxies[0]?.counts.connections).toBeGreaterThan(15);
    expect(fresh(seen)?.entries.filter(({ value }) => text(value) === "59")).toHaveLength(50);
    const last = new Map<string, number>();
    let revision = 0n;
    for (const snapshot of seen) {
      expect(snapshot.revision).toBeGreaterThanOrEqual(revision);
      revision = snapshot.revision;
      for (const { key, value } of snapshot.entries) {
        const now = Number(text(value));
        expect(now < (last.get(key) ?? 0)).toBe(false);
        last.set(key, now);
      }
    }
  });

  // The usual limit of a message is 4 MB, and a client that is behind needs more at once (E2).
  test("what was missed is seen, also when it is more than 4 MB", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    network.refuse();
    for (let index = 0; index < 12; index += 1) await put(writer, `w/${index}`, new Uint8Array(500_000).fill(index));
    network.heal();
    await eventually("all of it", () => fresh(seen)?.entries.length === 12);
    expect(fresh(seen)?.entries.every(({ value }) => value.length === 500_000)).toBe(true);
  });

  test("one event of many large values, which comes in fragments, is one change", async () => {
    const world = await EtcdWorld.start({ args: ["--max-request-bytes", "20000000"] });
    const { store } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    const value = new Uint8Array(900_000);
    await writer.commit({ writes: Array.from({ length: 8 }, (_, index) => ({ create: `w/${index}`, value })) });
    await eventually("the change", () => seen.at(-1)?.entries.length === 8);
    expect(seen.map(({ entries }) => entries.length)).toEqual([0, 8]);
  });

  // After a compaction there is nothing to resume from (E8).
  test("what happened while out of sight is seen, also when the history of it was compacted", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: writer } = await world.store();
    await put(writer, "w/gone", "1");
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    network.refuse();
    for (let index = 0; index < 100; index += 1) await put(writer, "w/k", `${index}`);
    const { revision } = await writer.commit({ writes: [{ remove: "w/gone" }] });
    await world.ask("/v3/kv/compaction", { revision: `${revision}`, physical: true });
    network.heal();
    await eventually(
      "the last state",
      () =>
        fresh(seen)
          ?.entries.map(({ value }) => text(value))
          .join() === "99",
    );
  });

  // The server lets such a watch go, and never takes its name again.
  test("a watch that falls behind a compaction on a connection that stays is begun anew", async () => {
    const world = await EtcdWorld.start();
    const { store, network } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    network.stall("replies");
    const value = new Uint8Array(4_000);
    const more = async () => {
      for (let index = 0; index < 100; index += 1) await put(writer, "w/k", value);
    };
    await Promise.all(Array.from({ length: 15 }, more));
    const { revision } = await put(writer, "w/end", "end");
    await world.ask("/v3/kv/compaction", { revision: `${revision}`, physical: true });
    network.heal();
    await eventually("the last state", () => fresh(seen)?.entries.some(({ key }) => key === "w/end") ?? false);
  });

  // A server that stands still breaks no connection (E6).
  test("a member that stands still is left, and the watch goes on at another one", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { store, proxies } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await eventually("the first snapshot", () => seen.length > 0);
    const attached = world.cluster.nodes[proxies.findIndex(({ counts }) => counts.open > 0)];
    await attached?.stop();
    await world.cluster.leader();
    await eventually("a write", () => put(writer, "w/k", "1").then(() => true));
    await eventually("the change", () => fresh(seen)?.entries.length === 1, { within: 12_000 });
    attached?.continue();
    await put(writer, "w/k", "2");
    await eventually("the next one", () => text(fresh(seen)?.entries[0]?.value) === "2");
  });

  test("servers that are restarted: the watch comes back by itself", async () => {
    const world = await EtcdWorld.start();
    const { store } = await world.store();
    const { store: writer } = await world.store();
    const seen = seenBy(store, { under: "w" });
    await put(writer, "w/k", "1");
    await eventually("the first value", () => text(fresh(seen)?.entries[0]?.value) === "1");
    await world.cluster.node.restart();
    await eventually("a write", () => put(writer, "w/k", "2").then(() => true));
    await eventually("the second value", () => text(fresh(seen)?.entries[0]?.value) === "2");
  });
});
