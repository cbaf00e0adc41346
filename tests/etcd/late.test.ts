import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import type { FaultProxy } from "../testbed/proxy/proxy.ts";
import { binaries, EtcdWorld } from "./world.ts";

/** The proxy that calls go through now. */
async function inUse(proxies: readonly FaultProxy[], call: () => Promise<unknown>): Promise<FaultProxy | undefined> {
  const before = proxies.map(({ counts }) => counts.requestBytes);
  await call();
  return proxies.find(({ counts }, index) => counts.requestBytes > (before[index] ?? 0));
}

/** Requests that the network delivers long after their client has given them up. */
describe.skipIf(binaries === undefined)("late requests to etcd", () => {
  test("to stand in line: they bring no place back that was taken and left since", async () => {
    const world = await EtcdWorld.start({ nodes: 3 });
    const { store, proxies } = await world.store();
    const { store: other } = await world.store();
    const events = { renewed() {}, disconnected() {}, expired() {} };
    const session = await store.openSession({ ttlMs: 60_000, events });
    for (let round = 0; round < 5; round += 1) {
      const ticket = { id: `ticket-${round}`, kind: "lock", value: new Uint8Array(1), session };
      const used = await inUse(proxies, () => store.get("k"));
      used?.stall("requests");
      const lost = store.contend("line", ticket).then(
        () => "answered",
        (error) => (CoordError.is(error) ? error.code : String(error)),
      );
      await eventually("the request to be on its way", () => (used?.counts.heldBytes ?? 0) > 0);
      used?.abandon();
      expect(await lost).toBe("UNKNOWN_OUTCOME");
      const place = await eventually("a place", () => store.contend("line", ticket).catch(() => false as const));
      await store.commit({ writes: [{ remove: place.mine.key }] });
      used?.heal();
      await eventually("the late request to arrive", () => used?.counts.heldBytes === 0);
      await other.commit({ writes: [{ put: `after-${round}`, value: new Uint8Array(1) }] });
      expect((await other.list("line")).entries).toEqual([]);
      used?.reset();
    }
  });

  test("of a lock: whoever takes it after the trouble has it alone, and leaves nothing behind", async () => {
    const world = await EtcdWorld.start();
    const { coord, proxies } = await world.client({ session: { ttlMs: 20_000 } });
    const { coord: other } = await world.client();
    const [proxy] = proxies;
    for (let round = 0; round < 5; round += 1) {
      proxy?.stall("requests");
      const acquiring = new Mutex(coord, "m").acquire({ waitMs: 30_000 });
      await eventually("the request to be on its way", () => (proxy?.counts.heldBytes ?? 0) > 0);
      proxy?.abandon();
      proxy?.heal();
      const hold = await acquiring;
      expect((await other.store.list("m")).entries).toHaveLength(1);
      expect(await hold.release()).toBe("released");
      expect((await other.store.list("m")).entries).toEqual([]);
      expect(await new Mutex(other, "m").tryAcquire().then((next) => next?.release())).toBe("released");
      proxy?.reset();
    }
  });
});
