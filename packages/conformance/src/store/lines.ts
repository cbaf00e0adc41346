import assert from "node:assert/strict";
import type { Blockers, Place, Standing, Store, StoreSession } from "@coord/core/spi";
import { isTransient } from "@coord/core/spi";
import { type Bench, bytes, type Case } from "../rig.ts";

const nearest: Blockers = (ahead) => ahead.slice(-1);
const keysOf = ({ ahead }: { readonly ahead: readonly { readonly key: string }[] }) => ahead.map(({ key }) => key);

/** A line with this many contenders, each a client of its own. */
async function lineOf(bench: Bench, count: number, line = bench.key("line")) {
  const contenders: {
    store: Store;
    session: StoreSession;
    place: Place;
    network: Awaited<ReturnType<Bench["store"]>>["network"];
  }[] = [];
  for (let index = 0; index < count; index += 1) {
    const { store, network } = await bench.store();
    const session = await bench.session(store);
    const place = await store.contend(line, bench.ticket(session));
    contenders.push({ store, session, place, network });
  }
  return contenders;
}

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

const remove = (store: Store, { mine }: Place) => store.commit({ writes: [{ remove: mine.key }] });

/** What `contend` and `follow` promise. */
export const lineCases: readonly Case[] = [
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
