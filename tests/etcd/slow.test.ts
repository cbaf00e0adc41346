import type { Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld } from "./world.ts";

/** A watch goes out of sight when its member is left. */
function watch(store: Pick<Store, "watch">): { readonly seen: number; readonly stale: number } {
  const done = new AbortController();
  onTestFinished(() => done.abort());
  const counts = { seen: 0, stale: 0 };
  const watching = async () => {
    for await (const snapshot of store.watch({ key: "k" }, { signal: done.signal })) {
      counts.seen += 1;
      if (snapshot.stale) counts.stale += 1;
    }
  };
  void watching();
  return counts;
}

/** Nothing is lost on the way, and all of it takes its time. */
describe.skipIf(binaries === undefined)("members of an etcd cluster that answer slowly", () => {
  // Who waits a ninth of the ttl for each in turn hears none of them.
  test("all of them after 450 ms: a session of 3 s lives on, and nobody is left for another", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord, proxies } = await world.client();
    const hold = await new Mutex(coord, "m").acquire();
    const states: string[] = [];
    coord.on("state", (now) => states.push(now));
    const watched = watch(coord.store);
    await eventually("the first snapshot", () => watched.seen > 0);
    for (const proxy of proxies) proxy.delay(450, "replies");
    const startMs = performance.now();
    let leastMs = Number.POSITIVE_INFINITY;
    await eventually(
      "8 s to pass",
      async () => {
        hold.check();
        leastMs = Math.min(leastMs, hold.remainingMs);
        await coord.store.commit({ writes: [{ put: "k", value: bytes("1") }] });
        return performance.now() - startMs > 8_000;
      },
      { within: 12_000 },
    );
    expect(states).toEqual([]);
    expect(leastMs).toBeGreaterThan(500);
    expect(watched.stale).toBe(0);
    expect(await hold.release()).toBe("released");
  });

  test("one of them after 300 ms, and the others not at all: a session of 4 s lives on", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { coord, proxies } = await world.client({ session: { ttlMs: 4_000 } });
    const hold = await new Mutex(coord, "m").acquire();
    const at = proxies.findIndex(({ counts }) => counts.open > 0);
    proxies[(at + 2) % 3]?.delay(300, "replies");
    proxies[at]?.stall();
    proxies[(at + 1) % 3]?.stall();
    const startMs = performance.now();
    await eventually("6 s to pass", () => {
      hold.check();
      return performance.now() - startMs > 6_000;
    });
    expect(await hold.release()).toBe("released");
  });

  test("all of them after 2 s: reads are answered, and nobody is left for another", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { store, proxies } = await world.store();
    const watched = watch(store);
    await eventually("the first snapshot", () => watched.seen > 0);
    for (const proxy of proxies) proxy.delay(2_000, "replies");
    await Promise.all([store.get("k"), store.list("d")]);
    await store.commit({ writes: [{ put: "k", value: bytes("1") }] });
    await eventually("the change", () => watched.seen > 1);
    expect(watched.stale).toBe(0);
  });
});
