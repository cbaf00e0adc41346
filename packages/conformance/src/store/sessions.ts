import assert from "node:assert/strict";
import { CoordError, isTransient } from "@coord/core/spi";
import { bytes, type Case } from "../rig.ts";

/** What sessions promise. */
export const sessionCases: readonly Case[] = [
  {
    title: "session: its entries show it, and are gone when its close() has resolved",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      await store.commit({
        writes: [
          { create: bench.key("bound"), value: bytes("1"), session },
          { create: bench.key("free"), value: bytes("1") },
        ],
      });
      assert.equal((await store.get(bench.key("bound")))?.session, session.id);
      assert.equal((await store.get(bench.key("free")))?.session, undefined);
      await session.close();
      const { entries } = await store.list(bench.at);
      assert.deepEqual(
        entries.map(({ key }) => key),
        [bench.key("free")],
      );
      await session.close();
    },
  },
  {
    title: "session: a put and an update keep the session of the entry",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await store.commit({ writes: [{ put: bench.key("k"), value: bytes("2") }] });
      const entry = await store.get(bench.key("k"));
      assert.equal(entry?.session, session.id);
      const { entries } = await store.commit({ writes: [{ update: entry, value: bytes("3") }] });
      assert.equal(entries[0]?.session, session.id);
      await session.close();
      assert.equal(await store.get(bench.key("k")), undefined);
    },
  },
  {
    title: "session: lives as long as it is renewed, and each renewal tells when it was sent",
    async run(bench) {
      const { store } = await bench.store();
      const sent: number[] = [];
      const startMs = bench.rig.runtime.now();
      const session = await bench.session(store, { renewed: (sentAtMs) => sent.push(sentAtMs) });
      assert.ok(session.sentAtMs >= startMs && session.sentAtMs <= bench.rig.runtime.now());
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await bench.eventually(
        "renewals over three ttls",
        () => (sent.at(-1) ?? 0) > startMs + 3 * session.ttlMs,
        5 * session.ttlMs,
      );
      assert.ok(await store.get(bench.key("k")));
      assert.deepEqual(
        sent,
        [...sent].sort((a, b) => a - b),
      );
      assert.ok((sent.at(-1) ?? 0) <= bench.rig.runtime.now());
    },
  },
  {
    title: "session: it counts from before the request that opened it was sent, however late the answer comes",
    async run(bench) {
      const { store, network } = await bench.store();
      await store.get(bench.key("k"));
      network.stall("replies");
      const startMs = bench.rig.runtime.now();
      const opening = bench.session(store);
      await bench.pause(3 * bench.rig.promptMs);
      assert.ok(bench.rig.runtime.now() - startMs > 2 * bench.rig.promptMs);
      network.heal();
      const { sentAtMs } = await opening;
      assert.ok(sentAtMs - startMs < bench.rig.promptMs, `sent ${sentAtMs - startMs} ms after the call`);
    },
  },
  {
    title: "session: a renewal counts from before it was sent, however late its answer comes",
    async run(bench) {
      const { store, network } = await bench.store();
      const lagsMs: number[] = [];
      const session = await bench.session(store, {
        renewed: (sentAtMs) => lagsMs.push(bench.rig.runtime.now() - sentAtMs),
      });
      const heldMs = session.ttlMs / 10;
      const untilMs = bench.rig.runtime.now() + 20 * session.ttlMs;
      while (!lagsMs.some((lagMs) => lagMs > heldMs / 3)) {
        assert.ok(
          bench.rig.runtime.now() < untilMs,
          `no renewal showed that its answer was held up: ${lagsMs.join(", ")}`,
        );
        network.stall("replies");
        await bench.pause(heldMs);
        network.heal();
        await bench.pause(heldMs / 10);
      }
    },
  },
  {
    title: "session: one that was ended at the server is gone with its entries, and its client is told",
    async run(bench) {
      const { store } = await bench.store();
      const { store: other } = await bench.store();
      let expired = false;
      const session = await bench.session(store, { expired: () => (expired = true) });
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await bench.rig.expire(session.id);
      await bench.eventually("the entry to go", async () => (await other.get(bench.key("k"))) === undefined, 2_000);
      await bench.eventually("the client to be told", () => expired, session.ttlMs);
    },
  },
  {
    title:
      "session: a client that falls silent is told before, and its entries go after its ttl, not earlier and not much later",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      let disconnectedMs: number | undefined;
      const session = await bench.session(store, { disconnected: () => (disconnectedMs ??= bench.rig.runtime.now()) });
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      network.stall();
      const startMs = bench.rig.runtime.now();
      await bench.eventually(
        "the entry to go",
        async () => (await other.get(bench.key("k"))) === undefined,
        session.ttlMs + bench.rig.lateMs + bench.rig.promptMs,
      );
      const tookMs = bench.rig.runtime.now() - startMs;
      assert.ok(tookMs > session.ttlMs * 0.6, `gone after ${tookMs} ms of ${session.ttlMs}`);
      assert.ok(disconnectedMs !== undefined && disconnectedMs - startMs < session.ttlMs, `told at ${disconnectedMs}`);
    },
  },
  {
    title: "session: it ends a ttl after its last renewal, not earlier, and not later than the store may be late",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      let lastMs = 0;
      const session = await bench.session(store, {
        renewed: (sentAtMs) => {
          lastMs = sentAtMs;
        },
      });
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await bench.pause(session.ttlMs);
      network.stall();
      const cutMs = bench.rig.runtime.now();
      await bench.eventually(
        "the entry to go",
        async () => (await other.get(bench.key("k"))) === undefined,
        session.ttlMs + bench.rig.lateMs + bench.rig.promptMs,
      );
      const goneMs = bench.rig.runtime.now();
      assert.ok(goneMs - lastMs >= session.ttlMs * 0.999, `${goneMs - lastMs} ms of ${session.ttlMs}`);
      assert.ok(goneMs - cutMs <= session.ttlMs + bench.rig.lateMs);
    },
  },
  {
    title: "session: its end is told once, and closing it after that is harmless",
    async run(bench) {
      const { store } = await bench.store();
      let told = 0;
      const session = await bench.session(store, {
        expired: () => {
          told += 1;
        },
      });
      await bench.rig.expire(session.id);
      assert.equal(await session.renew(), false);
      await bench.pause(2 * session.ttlMs);
      assert.equal(told, 1);
      await session.close();
    },
  },
  {
    title: "session: renew() tells that it is there, and rejects when the store is out of reach",
    async run(bench) {
      const { store, network } = await bench.store();
      const session = await bench.session(store);
      assert.equal(await session.renew(), true);
      network.refuse();
      await assert.rejects(session.renew(), isTransient);
      network.heal();
    },
  },
  {
    title: "session: an entry that was made anew without it outlives it",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await store.commit({ writes: [{ remove: bench.key("k") }] });
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("2") }] });
      await session.close();
      assert.ok(await store.get(bench.key("k")));
    },
  },
  {
    title: "session: close() of the store ends its heartbeats",
    async run(bench) {
      const { store } = await bench.store();
      const { store: other } = await bench.store();
      const session = await bench.session(store);
      await store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] });
      await store.close();
      const gone = async () => (await other.get(bench.key("k"))) === undefined;
      await bench.eventually("the entry to go", gone, session.ttlMs + bench.rig.lateMs + bench.rig.promptMs);
    },
  },
  {
    title: "session: an entry can't be bound to a session that is gone",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      await session.close();
      await assert.rejects(
        store.commit({ writes: [{ create: bench.key("k"), value: bytes("1"), session }] }),
        (error) => CoordError.is(error, "SESSION_LOST"),
      );
      await assert.rejects(store.contend(bench.key("line"), bench.ticket(session)), (error) =>
        CoordError.is(error, "SESSION_LOST"),
      );
      assert.equal(await store.get(bench.key("k")), undefined);
    },
  },
  {
    title: "session: two of one client live and end each by itself",
    async run(bench) {
      const { store } = await bench.store();
      const [one, two] = [await bench.session(store), await bench.session(store)];
      assert.notEqual(one.id, two.id);
      await store.commit({ writes: [{ create: bench.key("one"), value: bytes("1"), session: one }] });
      await store.commit({ writes: [{ create: bench.key("two"), value: bytes("1"), session: two }] });
      await one.close();
      assert.equal(await store.get(bench.key("one")), undefined);
      assert.ok(await store.get(bench.key("two")));
    },
  },
];
