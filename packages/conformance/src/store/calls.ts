import assert from "node:assert/strict";
import { CoordError } from "@coord/core/spi";
import { bytes, type Case } from "../rig.ts";

/** What every call promises: how it is cancelled, how it fails, how it ends. */
export const callCases: readonly Case[] = [
  {
    title: "calls: a signal that is aborted rejects with its own reason, whatever that is, and nothing happens",
    async run(bench) {
      const { store } = await bench.store();
      for (const reason of [new Error("mine"), "a text", undefined]) {
        const aborted = new AbortController();
        aborted.abort(reason);
        const { signal } = aborted;
        for (const call of [
          () => store.get(bench.key("k"), { signal }),
          () => store.list(bench.at, { signal }),
          () => store.directories(bench.at, { signal }),
          () => store.commit({ writes: [{ create: bench.key("k"), value: bytes("1") }] }, { signal }),
        ]) {
          assert.equal(
            await call().then(
              () => "resolved",
              (error) => error,
            ),
            signal.reason,
          );
        }
      }
      assert.equal(await store.get(bench.key("k")), undefined);
    },
  },
  {
    title: "calls: cancelled while the store is silent, a call rejects at once with the signal's own reason",
    async run(bench) {
      const { store, network } = await bench.store();
      const cancel = new AbortController();
      network.stall();
      const call = store.get(bench.key("k"), { signal: cancel.signal });
      call.catch(() => {});
      const reason = new Error("mine");
      await bench.pause(20);
      cancel.abort(reason);
      assert.equal(
        await bench.within(
          bench.rig.promptMs,
          "the end",
          call.then(
            () => "resolved",
            (error) => error,
          ),
        ),
        reason,
      );
      network.heal();
    },
  },
  {
    title: "calls: every call is cancelled so, also one that would change something",
    async run(bench) {
      const { store, network } = await bench.store();
      const session = await bench.session(store);
      const cancel = new AbortController();
      const { signal } = cancel;
      network.stall();
      const events = { renewed() {}, disconnected() {}, expired() {} };
      const calls: Promise<unknown>[] = [
        store.list(bench.at, { signal }),
        store.directories(bench.at, { signal }),
        store.commit({ writes: [{ put: bench.key("k"), value: bytes("1") }] }, { signal }),
        store.contend(bench.key("line"), bench.ticket(session), { signal }),
        store.openSession({ ttlMs: bench.rig.ttlMs, signal, events }),
        session.close({ signal }),
      ];
      const ends = Promise.all(
        calls.map((call) =>
          call.then(
            () => "resolved",
            (error) => error,
          ),
        ),
      );
      await bench.pause(20);
      cancel.abort("mine");
      assert.deepEqual(
        await bench.within(bench.rig.promptMs, "the end", ends),
        calls.map(() => "mine"),
      );
      network.heal();
    },
  },
  {
    title: "watch and follow: begun with an aborted signal or after close(), they end at once",
    async run(bench) {
      const { store } = await bench.store();
      const place = await store.contend(bench.key("line"), bench.ticket(await bench.session(store)));
      const key = bench.key("k");
      const signal = AbortSignal.abort("enough");
      const none = async (what: string, source: AsyncIterable<unknown>) => {
        const seen: unknown[] = [];
        const read = async () => {
          for await (const each of source) seen.push(each);
        };
        await bench.within(bench.rig.promptMs, what, read());
        assert.deepEqual(seen, []);
      };
      await none("an aborted watch", store.watch({ key }, { signal }));
      await none(
        "an aborted following",
        store.follow(place, (ahead) => ahead, { signal }),
      );
      await store.close();
      await none("a watch after close()", store.watch({ key }));
      await none(
        "a following after close()",
        store.follow(place, (ahead) => ahead),
      );
    },
  },
  {
    title: "calls: a store that is silent is reported as unavailable within a bounded time",
    async run(bench) {
      const { store, network } = await bench.store();
      await store.get(bench.key("k"));
      network.stall();
      await bench.within(
        20_000,
        "the error",
        assert.rejects(store.get(bench.key("k")), (error) => CoordError.is(error, "UNAVAILABLE")),
      );
      network.heal();
      await bench.eventually("an answer", () =>
        store.get(bench.key("k")).then(
          () => true,
          () => false,
        ),
      );
    },
  },
  {
    title: "calls: a commit whose answer was lost is an unknown outcome, never a guess, and is not repeated",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      const key = bench.key("k");
      await store.get(key); // a connection is made by more than requests
      network.stall("replies");
      const commit = store.commit({ writes: [{ create: key, value: bytes("1") }] });
      commit.catch(() => {});
      const made = await bench.eventually("the write", () => other.get(key));
      network.reset();
      await assert.rejects(commit, (error) => CoordError.is(error, "UNKNOWN_OUTCOME"));
      network.heal();
      await bench.pause(200);
      assert.equal((await other.get(key))?.version, made.version);
    },
  },
  {
    title: "calls: a commit that could not be sent is unavailable, and has not happened",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      const key = bench.key("k");
      await store.get(key);
      network.refuse();
      const commits = async () => {
        for (let attempt = 0; ; attempt += 1) {
          const error = await store
            .commit({ writes: [{ create: bench.key(`k${attempt}`), value: bytes("1") }] })
            .catch((reason) => reason);
          if (CoordError.is(error, "UNAVAILABLE")) return bench.key(`k${attempt}`);
          assert.ok(CoordError.is(error, "UNKNOWN_OUTCOME"), String(error)); // until the broken connection is known to be broken
        }
      };
      const refused = await bench.within(20_000, "a refusal", commits());
      network.heal();
      await bench.pause(200);
      assert.equal(await other.get(refused), undefined);
    },
  },
  {
    title: "close: pending calls settle, later ones are refused with ClosedError, and closing again is harmless",
    async run(bench) {
      const { store, network } = await bench.store();
      const session = await bench.session(store);
      network.stall();
      const pending = [
        store.get(bench.key("k")),
        store.list(bench.at),
        store.directories(bench.at),
        store.contend(bench.key("line"), bench.ticket(session)),
      ];
      for (const call of pending) call.catch(() => {});
      await bench.within(2_000, "close()", store.close());
      const results = await bench.within(1_000, "the pending calls", Promise.allSettled(pending));
      assert.ok(results.every(({ status }) => status === "rejected"));
      await assert.rejects(store.get(bench.key("k")), (error) => CoordError.is(error, "CLOSED"));
      await assert.rejects(store.commit({ writes: [] }), (error) => CoordError.is(error, "CLOSED"));
      await store.close();
    },
  },
];
