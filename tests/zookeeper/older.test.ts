import { bytes, text } from "@coord/conformance";
import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { expect, inject, test } from "vitest";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { FrameProxy, operation, typeOf, withType } from "./frame-proxy.ts";

const binaries = binariesOf(inject("servers").zookeeper);

/** An operation that no server has: it is refused, and the connection ended, as with any that a server is too old for. */
const unheardOf = 999;

test.skipIf(binaries === undefined)(
  "a server that has no containers, lasting watches or lists of several serves all the same",
  async () => {
    if (!binaries) return;
    await using cluster = await startZooKeeper({ binaries, tickMs: 200 });
    const { endpoint } = cluster.node;
    const newer: number[] = [operation.createContainer, operation.multiRead, operation.addWatch];
    const refused = new Set<number>();
    await using proxy = await FrameProxy.start(endpoint, () => ({
      request: (frame, pass) => {
        const type = typeOf(frame);
        if (newer.includes(type)) refused.add(type);
        pass(newer.includes(type) ? withType(frame, unheardOf) : frame);
      },
    }));
    await using coord = await connect(zookeeper({ servers: [proxy.address] }), { session: { ttlMs: 4_000 } });
    await using other = await connect(zookeeper({ servers: [hostPort(endpoint)] }));
    const over = new AbortController();
    const seen = { key: "", below: "" };
    const follow = async (which: keyof typeof seen, scope: { key: string } | { under: string }) => {
      for await (const { entries } of coord.store.watch(scope, { signal: over.signal })) {
        seen[which] = entries.map(({ value }) => text(value)).join();
      }
    };
    const watches = async () => Number(/Total watches:(\d+)/.exec(await fourLetterWord(endpoint, "wchs"))?.[1]);
    const following = [follow("below", { under: "old/d" }), follow("key", { key: "old/d" })];
    for (const value of ["1", "2", "3"]) {
      await other.store.commit({ writes: [{ put: "old/d", value: bytes(value) }] });
      await other.store.commit({ writes: [{ put: "old/d/k", value: bytes(value) }] });
      await eventually(`both to see ${value}`, async () => seen.key === value && seen.below === value, {
        within: 10_000,
      });
    }
    const held = await new Mutex(other, "old/m").acquire();
    const waiting = new Mutex(coord, "old/m").acquire({ waitMs: 10_000 });
    await eventually("it to wait", async () => (await new Mutex(other, "old/m").inspect()).waiters.length === 1);
    await held.release();
    await (await waiting).release();
    const before = await watches();
    for (let round = 0; round < 20; round += 1) {
      await other.store.commit({ writes: [{ create: `old/d/child-${round}`, value: bytes("here") }] });
      await eventually("the child", () => seen.below.includes("here"), { within: 10_000 });
      await other.store.commit({ writes: [{ remove: `old/d/child-${round}` }] });
      await eventually("it to be gone", () => !seen.below.includes("here"), { within: 10_000 });
    }
    expect(await watches()).toBeLessThan(before + 5); // one or two may be about to be set anew; none is left for the twenty that are gone
    for (let round = 0; round < 3; round += 1) {
      const names = ["a", "b", "c"].map((name) => `old/locks/${name}`);
      const holds = await Promise.all(names.map((name) => new Mutex(coord, name).acquire({ waitMs: 20_000 })));
      for (const name of names) expect(await new Mutex(other, name).tryAcquire()).toBe(null);
      expect(await Promise.all(holds.map((hold) => hold.release()))).toEqual(["released", "released", "released"]);
    }
    expect([...refused].sort((a, b) => a - b)).toEqual(newer);
    expect(await fourLetterWord(endpoint, "ruok")).toBe("imok");
    over.abort();
    await Promise.all(following);
  },
);
