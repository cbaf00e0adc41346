import assert from "node:assert/strict";
import type { Blockers, Place, Standing, Store } from "@coord/core/spi";
import { bytes, type Case } from "../rig.ts";
import { keysOf, lineOf, remove } from "./places.ts";

const nearest: Blockers = (ahead) => ahead.slice(-1);
/** Everything that a following tells, in a list that grows. */
function record(
  store: Store,
  place: Place,
  signal: AbortSignal,
  blockers = nearest,
): { readonly seen: Standing[]; readonly ended: Promise<void> } {
  const seen: Standing[] = [];
  const follow = async () => {
    for await (const standing of store.follow(place, blockers, { signal })) seen.push(standing);
  };
  return { seen, ended: follow() };
}

/** In which those at the places 0, 1 and 2 may leave. */
const ordersOfLeaving = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** What `follow` promises. */
export const followCases: readonly Case[] = [
  {
    title: "follow: present means this very entry, not another one under its key",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const place = await store.contend(bench.key("line"), bench.ticket(session));
      await remove(store, place);
      await store.commit({ writes: [{ create: place.mine.key, value: bytes("x"), session }] });
      for await (const standing of store.follow(place, () => [])) {
        assert.equal(standing.present, false);
        break;
      }
    },
  },
  {
    title: "follow: each of several in the way is told of when it leaves",
    async run(bench) {
      const { store } = await bench.store();
      const session = await bench.session(store);
      const places: Place[] = [];
      for (let index = 0; index < 4; index += 1)
        places.push(await store.contend(bench.key("line"), bench.ticket(session)));
      const [first, second, third, last] = places;
      assert.ok(first && second && third && last);
      const done = new AbortController();
      const { seen } = record(store, last, done.signal, (ahead) => ahead);
      await bench.eventually("the first standing", () => seen[0]?.ahead.length === 3);
      for (const [left, place] of [
        [2, second],
        [1, third],
        [0, first],
      ] as const) {
        await remove(store, place);
        await bench.eventually(`${left} to be ahead`, () => seen.at(-1)?.ahead.length === left, 1_000);
      }
      done.abort();
    },
  },
  {
    title: "follow: is told when one in the way is written, whose value may say that it is in the way no more",
    async run(bench) {
      const [first, second, third] = await lineOf(bench, 3);
      assert.ok(first && second && third);
      const done = new AbortController();
      const { seen } = record(third.store, third.place, done.signal, (ahead) => ahead.slice(0, 1));
      await bench.eventually("the first standing", () => seen[0]?.ahead.length === 2);
      const told = seen.length;
      await first.store.commit({ writes: [{ update: first.place.mine, value: bytes("y") }] });
      const standing = await bench.eventually("being told", () => seen[told], 2_000);
      assert.deepEqual(keysOf(standing), [first.place.mine.key, second.place.mine.key]);
      assert.ok(standing.present && !standing.stale);
      done.abort();
    },
  },
  {
    title: "follow: while the store is out of sight the last standing is marked stale, and the next one is fresh",
    async run(bench) {
      const [first, second] = await lineOf(bench, 2);
      assert.ok(first && second);
      const done = new AbortController();
      const { seen } = record(second.store, second.place, done.signal);
      await bench.eventually("the first standing", () => seen[0]);
      second.network.refuse();
      const stale = await bench.eventually("a stale standing", () => seen.at(-1)?.stale && seen.at(-1), 15_000);
      assert.deepEqual(keysOf(stale), [first.place.mine.key]);
      second.network.heal();
      await bench.eventually("a fresh standing", () => seen.at(-1)?.stale === false, 15_000);
      done.abort();
    },
  },
  {
    title: "follow: tells at once who is ahead, and again when the one in the way has left",
    async run(bench) {
      const [first, second] = await lineOf(bench, 2);
      assert.ok(first && second);
      const done = new AbortController();
      const { seen } = record(second.store, second.place, done.signal);
      const start = await bench.eventually("the first standing", () => seen[0]);
      assert.deepEqual([start.present, keysOf(start), start.stale], [true, [first.place.mine.key], false]);
      await remove(first.store, first.place);
      await bench.eventually("the turn", () => seen.at(-1)?.ahead.length === 0 && seen.at(-1)?.present, 1_000);
      done.abort();
    },
  },
  {
    title: "follow: it is nobody's turn before all ahead have left, in whatever order they leave, written or not",
    async run(bench) {
      for (const order of ordersOfLeaving) {
        const [first, second, third, last] = await lineOf(bench, 4, bench.key(`line-${order.join("")}`));
        assert.ok(first && second && third && last);
        const there = [first, second, third];
        const done = new AbortController();
        const { seen } = record(last.store, last.place, done.signal);
        await bench.eventually("the first standing", () => seen[0]);
        for (const index of order) {
          const leaver = [first, second, third][index];
          assert.ok(leaver);
          await leaver.store.commit({ writes: [{ update: leaver.place.mine, value: bytes("about to leave") }] });
          await remove(leaver.store, leaver.place);
          there.splice(there.indexOf(leaver), 1);
          const inWay = there.at(-1)?.place.mine.key;
          await bench.eventually("who is in the way now", () => {
            const told = seen.at(-1);
            return told && keysOf(told).at(-1) === inWay;
          });
          assert.ok(seen.every(({ ahead }) => ahead.length >= there.length));
        }
        done.abort();
      }
    },
  },
  {
    title: "follow: tells when the session of the one in the way has ended",
    async run(bench) {
      const [first, second] = await lineOf(bench, 2);
      assert.ok(first && second);
      const done = new AbortController();
      const { seen } = record(second.store, second.place, done.signal);
      await bench.eventually("the first standing", () => seen[0]);
      await bench.rig.expire(first.session.id);
      await bench.eventually("the turn", () => seen.at(-1)?.ahead.length === 0, 2_000);
      done.abort();
    },
  },
  {
    title: "follow: tells when the own entry is gone, removed by somebody or with its session",
    async run(bench) {
      const [, second, third] = await lineOf(bench, 3);
      assert.ok(second && third);
      const done = new AbortController();
      const removed = record(second.store, second.place, done.signal);
      const expired = record(third.store, third.place, done.signal);
      await bench.eventually("the first standings", () => removed.seen[0]?.present && expired.seen[0]?.present);
      await remove(third.store, second.place);
      await bench.eventually("the removal to show", () => removed.seen.at(-1)?.present === false, 1_000);
      await bench.rig.expire(third.session.id);
      await bench.eventually("the expiry to show", () => expired.seen.at(-1)?.present === false, 2_000);
      done.abort();
    },
  },
  {
    title: "follow: somebody who is not in the way comes and goes without a word",
    async run(bench) {
      const [, second, third, fourth] = await lineOf(bench, 4);
      assert.ok(second && third && fourth);
      const done = new AbortController();
      const { seen } = record(fourth.store, fourth.place, done.signal);
      await bench.eventually("the first standing", () => seen[0]);
      await remove(second.store, second.place);
      await lineOf(bench, 1);
      await bench.pause(300);
      assert.equal(seen.length, 1);
      await remove(third.store, third.place);
      await bench.eventually("the one in the way to show", () => seen.length === 2);
      assert.equal(seen[1]?.ahead.length, 1);
      done.abort();
    },
  },
  {
    title: "follow: what happened while the store was out of sight is told afterwards",
    async run(bench) {
      const [first, second] = await lineOf(bench, 2);
      assert.ok(first && second);
      const done = new AbortController();
      const { seen } = record(second.store, second.place, done.signal);
      await bench.eventually("the first standing", () => seen[0]);
      second.network.refuse();
      await remove(first.store, first.place);
      await bench.pause(50);
      second.network.heal();
      await bench.eventually("the turn", () => seen.at(-1)?.stale === false && seen.at(-1)?.ahead.length === 0);
      done.abort();
    },
  },
  {
    title: "follow: never goes back in time and ends by its signal, without an error",
    async run(bench) {
      const [first, second] = await lineOf(bench, 2);
      assert.ok(first && second);
      const done = new AbortController();
      const { seen, ended } = record(second.store, second.place, done.signal);
      await bench.eventually("the first standing", () => seen[0]);
      second.network.reset();
      await remove(first.store, first.place);
      await bench.eventually("the turn", () => seen.at(-1)?.ahead.length === 0);
      const revisions = seen.map(({ revision }) => revision);
      assert.deepEqual(
        revisions,
        [...revisions].sort((a, b) => Number(a - b)),
      );
      done.abort();
      await bench.within(1_000, "the end", ended);
    },
  },
  {
    title: "follow: ends when the store is closed, without an error",
    async run(bench) {
      const [, second] = await lineOf(bench, 2);
      assert.ok(second);
      const { seen, ended } = record(second.store, second.place, new AbortController().signal);
      await bench.eventually("the first standing", () => seen[0]);
      await second.store.close();
      await bench.within(1_000, "the end", ended);
    },
  },
];
