import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld } from "./world.ts";

const silentEvents = { renewed() {}, disconnected() {}, expired() {} };

/** What no error tells: a connection that is dead, and one that doesn't come about. */
describe.skipIf(binaries === undefined)("connections to etcd that fail in silence", () => {
  test("the only one dies for good: a session of 3 s lives on over another one", async () => {
    const world = await EtcdWorld.start();
    const { coord, proxies } = await world.client();
    const hold = await new Mutex(coord, "m").acquire();
    const states: string[] = [];
    coord.on("state", (now) => states.push(now));
    for (let round = 0; round < 3; round += 1) {
      proxies[0]?.strand();
      const startMs = performance.now();
      await eventually("2.5 s to pass", () => {
        hold.check();
        return performance.now() - startMs > 2_500;
      });
    }
    expect(states).not.toContain("lost");
    expect(await hold.release()).toBe("released");
  });

  test("one that was being made in a black hole is made anew: calls are answered as soon as the endpoint is there", async () => {
    const world = await EtcdWorld.start();
    const { store, proxies, network } = await world.store();
    await store.get("k");
    network.stall();
    network.reset();
    await expect(store.get("k")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    proxies[0]?.strand();
    network.heal();
    const startMs = performance.now();
    await eventually("an answer", () => store.get("k").then(() => true));
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  // After a refusal gRPC calls a channel failed until it is connected, also while it connects.
  test("one that is made in a black hole after a refusal is made anew as well", async () => {
    const world = await EtcdWorld.start();
    const { store, proxies, network } = await world.store();
    const [proxy] = proxies;
    await store.get("k");
    proxy?.refuse();
    network.reset();
    await expect(store.get("k")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    network.stall();
    await proxy?.accept();
    const answered = () =>
      store.get("k").then(
        () => true,
        () => false,
      );
    const stalledMs = performance.now();
    await eventually("3 s to pass", async () => !(await answered()) && performance.now() - stalledMs > 3_000);
    proxy?.strand();
    network.heal();
    const startMs = performance.now();
    await eventually("an answer", answered);
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });

  test("a write that is cancelled before there is a connection is not sent when there is one", async () => {
    const world = await EtcdWorld.start();
    const { store, proxies, network } = await world.store();
    network.stall();
    const quitting = new AbortController();
    const write = store.commit({ writes: [{ put: "k", value: bytes("1") }] }, { signal: quitting.signal });
    await eventually("a connection that is being made", () => (proxies[0]?.counts.heldBytes ?? 0) > 0);
    const reason = new Error("not wanted any more");
    quitting.abort(reason);
    await expect(write).rejects.toBe(reason);
    network.heal();
    expect(await store.get("k")).toBeUndefined(); // over the same connection, so what was sent before it has been done
    expect(proxies[0]?.counts.connections).toBe(1);
  });

  test("the answer to leaving a line is lost: it is asked for at another member, with a session that is renewed once a minute", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { store, proxies } = await world.store();
    const session = await store.openSession({ ttlMs: 180_000, events: silentEvents });
    const value = bytes("1");
    const { mine } = await store.contend("line", { id: "ticket", kind: "lock", value, session });
    for (const proxy of proxies) if (proxy.counts.open > 0) proxy.stall("replies");
    const startMs = performance.now();
    await store.commit({ writes: [{ remove: mine.key }] });
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect((await store.list("line")).entries).toEqual([]);
    const foreign = await store.commit({ writes: [{ remove: "k" }] }).then(
      () => "done",
      (error) => CoordError.is(error) && error.code,
    );
    expect(foreign).toBe("done");
  });
});
