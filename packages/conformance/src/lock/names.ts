import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { bytes, type Case } from "../rig.ts";

/** Names, what others wrote, and who can be seen: rules 23, 24 and 46, 47, 50. */
export const nameCases: readonly Case[] = [
  {
    title: "names: any text works, and two different names are two locks",
    async run(bench) {
      const { coord } = await bench.coord();
      const names = [
        "plain",
        "with space",
        "ü/ö",
        "日本語",
        "🔒",
        "100%",
        "%F0%9F%94%92",
        "a\tb\u0001",
        "A",
        "a",
        "-lock-",
        "x".repeat(180),
        "\ue000\uffff",
      ];
      const holds = await Promise.all(names.map((name) => new Mutex(coord, name).acquire({ waitMs: 5_000 })));
      for (const name of names) assert.equal(await new Mutex(coord, name).tryAcquire(), null, name);
      await Promise.all(holds.map((hold) => hold.release()));
    },
  },
  {
    title: "names: what can't be a name everywhere is refused, with the part that is wrong",
    async run(bench) {
      const { coord } = await bench.coord();
      const refused: readonly (readonly [unknown, RegExp])[] = [
        ["", /empty/],
        ["/a", /empty segment/],
        ["a/", /empty segment/],
        ["a//b", /empty segment/],
        ["a/./b", /"\."/],
        ["..", /"\.\."/],
        ["a\0b", /NUL/],
        ["\ud800", /surrogate/],
        ["x".repeat(201), /201 bytes/],
        ["é".repeat(101), /202 bytes/],
        [Array(8).fill("x".repeat(150)).join("/"), /1207 bytes/],
        [undefined, /string/],
        [5, /string/],
      ];
      for (const [name, message] of refused) {
        assert.throws(
          () => new Mutex(coord, name as string),
          (error) => CoordError.is(error, "USAGE") && message.test(error.message),
          String(name),
        );
      }
    },
  },
  {
    title: "names: the longest name can be locked, guarded, released and locked again",
    async run(bench) {
      const { coord } = await bench.coord();
      const name = Array.from({ length: 6 }, () => "n".repeat(169)).join("/");
      for (let round = 0; round < 2; round += 1) {
        const hold = await new Mutex(coord, name).acquire({ waitMs: 5_000 });
        await bench.pause(150);
        hold.check();
        await coord.store.commit({ guards: [hold.guard], writes: [] });
        assert.equal(await hold.release(), "released");
      }
      assert.throws(
        () => new Mutex(coord, `${name}/${"n".repeat(169)}`),
        (error) => CoordError.is(error, "USAGE"),
      );
    },
  },
  {
    title: "names: a lock and one below its name don't touch each other",
    async run(bench) {
      const { coord } = await bench.coord();
      const below = await new Mutex(coord, "a/b").acquire();
      const above = await new Mutex(coord, "a").acquire({ waitMs: 2_000 });
      assert.equal((await new Mutex(coord, "a").inspect()).waiters.length, 0);
      await Promise.all([below.release(), above.release()]);
    },
  },
  {
    title: "names: nothing outside the client's namespace can be seen or touched",
    async run(bench) {
      const { coord } = await bench.coord({ namespace: `${bench.at}/one` });
      const { coord: other } = await bench.coord({ namespace: `${bench.at}/two` });
      const { coord: above } = await bench.coord();
      const holds = await Promise.all([
        new Mutex(coord, "m").acquire(),
        new Mutex(other, "m").acquire({ waitMs: 2_000 }),
      ]);
      assert.equal(await new Mutex(above, "one/m").tryAcquire(), null);
      const { entries } = await coord.store.list("m");
      assert.equal(entries.length, 1);
      assert.ok(entries[0]?.key.startsWith("m/"));
      await coord.store.commit({ writes: [{ create: "k", value: bytes("1") }] });
      const conflict = await coord.store
        .commit({ writes: [{ create: "k", value: bytes("1") }] })
        .catch((error) => error);
      assert.equal(conflict.key, "k");
      assert.doesNotMatch(conflict.message, /one/);
      await assert.rejects(coord.store.get("../two/m"), (error) => CoordError.is(error, "USAGE"));
      await Promise.all(holds.map((hold) => hold.release()));
    },
  },
  {
    title: "names: one that is in use as something else is a TypeConflictError, not a hang",
    async run(bench) {
      const { coord } = await bench.coord();
      const { store } = await bench.store();
      const session = await bench.session(store);
      const place = await store.contend(bench.key("m"), bench.ticket(session, "semaphore"));
      const refused = new Mutex(coord, "m").acquire({ waitMs: 5_000 });
      await assert.rejects(
        refused,
        (error) => CoordError.is(error, "TYPE_CONFLICT") && /"m".*semaphore/.test(error.message),
      );
      await assert.rejects(new Mutex(coord, "m").tryAcquire(), (error) => CoordError.is(error, "TYPE_CONFLICT"));
      await store.commit({ writes: [{ remove: place.mine.key }] });
      await bench.eventually("nothing to be left", async () => (await coord.store.list("m")).entries.length === 0);
    },
  },
  {
    title: "inspect: who holds, since when, from where, with which token, and who waits, in their order",
    async run(bench) {
      const { coord } = await bench.coord({ owner: "first" });
      const { coord: second } = await bench.coord({ owner: "second" });
      const { coord: third } = await bench.coord({ owner: "third" });
      const mutex = new Mutex(coord, "m");
      assert.deepEqual(await mutex.inspect(), { holder: null, waiters: [], foreign: 0 });
      const hold = await mutex.acquire();
      const waits = [];
      for (const [index, client] of [second, third].entries()) {
        waits.push(new Mutex(client, "m").acquire());
        await bench.eventually("the waiter", async () => (await mutex.inspect()).waiters.length === index + 1);
      }
      const { holder, waiters } = await mutex.inspect();
      assert.equal(holder?.owner, "first");
      assert.equal(holder?.token, hold.fencingToken);
      assert.equal(holder?.pid, process.pid);
      assert.ok(holder?.host && Math.abs(Date.parse(holder.since ?? "") - bench.rig.runtime.wallClock()) < 60_000);
      assert.deepEqual(
        waiters.map(({ owner }) => owner),
        ["second", "third"],
      );
      await hold.release();
      for (const wait of waits) await (await wait).release();
    },
  },
  {
    title: "inspect and acquire: what others wrote into the lock's directory does no harm, and is reported once",
    async run(bench) {
      const reports: object[] = [];
      const logger = { debug() {}, info() {}, error() {}, warn: (details: object) => reports.push(details) };
      const { coord } = await bench.coord({ logger });
      const { store } = await bench.store();
      const session = await bench.session(store);
      await coord.store.commit({
        writes: [
          { create: "m/note", value: bytes("{not json") },
          { create: "m/deep/er", value: bytes("x") },
        ],
      });
      const hold = await new Mutex(coord, "m").acquire({ waitMs: 5_000 });
      const foreign = await store.contend(bench.key("m"), {
        ...bench.ticket(session),
        value: Uint8Array.of(0xff, 0xfe),
      });
      const { holder, waiters, foreign: ofOthers } = await new Mutex(coord, "m").inspect();
      assert.equal(holder?.token, hold.fencingToken);
      assert.equal(ofOthers, 1);
      assert.deepEqual(waiters, [{ token: foreign.mine.order }]);
      await new Mutex(coord, "m").inspect();
      const aboutLines = reports.filter((details) => "line" in details);
      assert.deepEqual(aboutLines, [{ line: "m", count: 1, key: foreign.mine.key.slice(bench.key("").length) }]);
      await hold.release();
    },
  },
  {
    title:
      "store: oversized values, too many writes and repeated keys are refused before they are sent, with the limit",
    async run(bench) {
      const { coord } = await bench.coord();
      const { maxValueBytes, maxWrites } = coord.store.traits;
      const isUsage = (code: "USAGE" | "VALUE_TOO_LARGE", message: RegExp) => (error: unknown) =>
        CoordError.is(error, code) && message.test(error.message);
      const large = new Uint8Array(maxValueBytes + 1);
      await assert.rejects(
        coord.store.commit({ writes: [{ put: "k", value: large }] }),
        isUsage("VALUE_TOO_LARGE", new RegExp(`${maxValueBytes}`)),
      );
      const many = Array.from({ length: maxWrites + 1 }, (_, index) => ({ put: `k${index}`, value: bytes("1") }));
      await assert.rejects(coord.store.commit({ writes: many }), isUsage("USAGE", new RegExp(`${maxWrites}`)));
      await assert.rejects(
        coord.store.commit({ writes: [{ put: "k", value: bytes("1") }, { remove: "k" }] }),
        isUsage("USAGE", /twice/),
      );
      await assert.rejects(
        coord.store.commit({ writes: [{ put: "k", value: "text" as unknown as Uint8Array }] }),
        isUsage("USAGE", /Uint8Array/),
      );
      const bad = "🔒";
      const value = bytes("1");
      for (const call of [
        () => coord.store.get(bad),
        () => coord.store.list(bad),
        () => coord.store.commit({ guards: [{ exists: bad }], writes: [] }),
        () => coord.store.commit({ writes: [{ put: bad, value }] }),
        async () => coord.store.watch({ key: bad }),
        async () => coord.store.watch({ under: bad }),
      ]) {
        await assert.rejects(call(), isUsage("USAGE", /toKey/));
      }
      const guards = Array.from({ length: maxWrites }, (_, index) => ({ absent: `k${index}` }));
      await assert.rejects(
        coord.store.commit({ guards, writes: [{ put: "k", value }] }),
        isUsage("USAGE", new RegExp(`${maxWrites}`)),
      );
      await coord.store.commit({ guards: guards.slice(1), writes: [{ put: "k", value }] });
      await coord.store.commit({ writes: [{ put: "k", value: large.subarray(1) }] });
      assert.equal((await coord.store.get("k"))?.value.length, maxValueBytes);
    },
  },
];
