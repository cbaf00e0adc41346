import assert from "node:assert/strict";
import { isTransient } from "@coord/core/spi";
import type { Case } from "../rig.ts";
import { bytes } from "../rig.ts";
import { keysOf, remove } from "./places.ts";

/** What `contend` promises. */
export const contendCases: readonly Case[] = [
  {
    title: "contend: answers who is ahead, in the order of creation, with the kinds they stand for",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      const first = await store.contend(line, bench.ticket(session, "lock"));
      const second = await store.contend(line, bench.ticket(session, "__READ__"));
      const third = await store.contend(line, bench.ticket(session, "lock"));
      assert.deepEqual(first.ahead, []);
      assert.deepEqual(
        second.ahead.map(({ kind }) => kind),
        ["lock"],
      );
      assert.deepEqual(keysOf(third), [first.mine.key, second.mine.key]);
      assert.deepEqual(
        third.ahead.map(({ kind }) => kind),
        ["lock", "__READ__"],
      );
      assert.ok(first.mine.order < second.mine.order && second.mine.order < third.mine.order);
      assert.equal(first.mine.session, session.id);
      assert.ok(first.mine.key.startsWith(`${line}/`) && !first.mine.key.slice(line.length + 1).includes("/"));
    },
  },
  {
    title: "contend: the same ticket finds the same place again",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      const ticket = bench.ticket(session);
      const first = await store.contend(line, ticket);
      await store.contend(line, bench.ticket(session));
      const again = await store.contend(line, ticket);
      assert.deepEqual([again.mine.key, again.mine.order, again.ahead], [first.mine.key, first.mine.order, []]);
      assert.equal((await store.list(line)).entries.length, 2);
    },
  },
  {
    title: "contend: in many lines in one turn, and out of them again, each has its own place",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const lines = Array.from({ length: 64 }, (_, index) => bench.key(`line${index}`));
      for (let round = 0; round < 3; round += 1) {
        const places = await Promise.all(lines.map((line) => store.contend(line, bench.ticket(session))));
        places.forEach((place, index) => {
          assert.deepEqual([place.line, place.ahead], [lines[index], []]);
          assert.ok(place.mine.key.startsWith(`${lines[index]}/`));
        });
        const seconds = await Promise.all(lines.map((line) => store.contend(line, bench.ticket(session))));
        for (const [index, place] of seconds.entries()) assert.deepEqual(keysOf(place), [places[index]?.mine.key]);
        await Promise.all([...places, ...seconds].map((place) => remove(store, place)));
      }
      assert.ok(
        (await Promise.all(lines.map((line) => store.list(line)))).every(({ entries }) => entries.length === 0),
      );
    },
  },
  {
    title: "contend: entries without a session, and what stands below the line's children, are nobody's rivals",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      await store.commit({ writes: [{ create: `${line}/settings`, value: bytes("1") }] });
      await store.contend(`${line}/below`, bench.ticket(session));
      assert.deepEqual((await store.contend(line, bench.ticket(session))).ahead, []);
    },
  },
  {
    title: "contend: an entry of another program's layout stands ahead too, as a kind that is not known",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      await store.commit({ writes: [{ create: `${line}/0000000001`, value: bytes("x"), session }] });
      const place = await store.contend(line, bench.ticket(session));
      assert.deepEqual(place.ahead, [{ key: `${line}/0000000001`, kind: undefined }]);
    },
  },
  {
    title: "contend: when the answer was lost, asking again with the same ticket finds the one place there is",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      const ticket = bench.ticket(session);
      network.stall("replies");
      const lost = store.contend(line, ticket);
      lost.catch(() => {});
      const made = await bench.eventually("the place to be made", async () => (await other.list(line)).entries[0]);
      network.reset();
      network.heal();
      await assert.rejects(lost, isTransient);
      const place = await bench.eventually("the place to be found", () =>
        store.contend(line, ticket).catch(() => undefined),
      );
      assert.deepEqual([place.mine.key, place.mine.order, place.ahead], [made.key, made.order, []]);
      assert.equal((await other.list(line)).entries.length, 1);
    },
  },
  {
    title: "contend: an earlier attempt that arrives late doesn't bring a place back that was removed",
    async run(bench) {
      const { store, network } = await bench.store();
      const { store: other } = await bench.store();
      const session = await bench.session(store);
      const line = bench.key("line");
      const ticket = bench.ticket(session);
      const attempts: Promise<unknown>[] = [];
      for (let attempt = 0; attempt < 3; attempt += 1) {
        network.stall("requests");
        attempts.push(store.contend(line, ticket).catch(() => {}));
        await bench.pause(10);
        network.reset(); // the request may be on its way for as long as it likes
        await bench.pause(10);
      }
      network.heal();
      const again = store.contend(line, ticket);
      const place = await bench.eventually("a place", () =>
        again.catch(() => store.contend(line, ticket)).catch(() => undefined),
      );
      await remove(store, place);
      await bench.pause(700);
      assert.deepEqual((await other.list(line)).entries, []);
      await Promise.all(attempts);
    },
  },
];
