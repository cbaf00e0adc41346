import { CyclicBarrier } from "@coord/barrier";
import { bytes } from "@coord/conformance";
import { type Coord, CoordError } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { ServerNode } from "./server-node.ts";

/**
 * While every server stands still, close() of a store and of a client ends within a second: what is pending is settled, watches end,
 * and a party that waits at a barrier is told before the client is closed.
 */
export async function closesInTime(nodes: readonly ServerNode[], store: Store, coord: Coord): Promise<void> {
  const watch = store.watch({ key: "still/k" })[Symbol.asyncIterator]();
  await watch.next();
  await new Mutex(coord, "still/m").acquire();
  const party = new CyclicBarrier(coord, "still/b", { parties: 2 }).arrive().catch((error) => error);
  await eventually("the party to stand", async () => (await coord.store.list("still/b")).entries.length === 2); // it, and the state
  await Promise.all(nodes.map((node) => node.stop()));
  const pending = [
    store.get("still/k"),
    store.list("still"),
    store.commit({ writes: [{ put: "still/k", value: bytes("1") }] }),
  ];
  const settled = Promise.allSettled(pending);
  const next = watch.next();
  const startMs = performance.now();
  await store.close();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect((await next).done).toBe(true);
  expect(performance.now() - startMs).toBeLessThan(1_000);
  const closingMs = performance.now();
  let isClosed = false;
  const closed = coord.close({ waitMs: 500 }).then(() => (isClosed = true));
  expect(CoordError.is(await party, "CLOSED")).toBe(true);
  expect(isClosed).toBe(false);
  await closed;
  expect(performance.now() - closingMs).toBeLessThan(1_000);
  for (const node of nodes) node.continue();
}
