import assert from "node:assert/strict";
import type { Snapshot } from "@coord/core/spi";
import { Election, type Leader } from "@coord/election";
import type { Bench, Case } from "../rig.ts";
import { candidate, type Published, standing } from "./candidates.ts";

type Observer = Awaited<ReturnType<typeof candidate>>;

/** What an observer is shown, in a list that grows. */
function observe({ election }: Observer) {
  const shown: (Leader<Published> | null)[] = [];
  const done = new AbortController();
  const ended = (async () => {
    for await (const leader of election.observe({ signal: done.signal })) shown.push(leader);
    return "ended";
  })();
  return { shown, done, ended };
}

const showing = (
  bench: Bench,
  shown: readonly (Leader<Published> | null)[],
  id: string | undefined,
  withinMs = 15_000,
) =>
  bench.eventually(
    `${id ?? "nobody"} to be shown`,
    () => shown.length > 0 && shown.at(-1)?.id === id && !shown.at(-1)?.stale,
    withinMs,
  );

/** What is seen of an election from outside: rule 28. */
export const observingCases: readonly Case[] = [
  {
    title: "observe: shows the leader at once and each later one, with what it publishes; null for none; terms rise",
    async run(bench) {
      const a = await candidate(bench, "a", { data: { url: "first" } });
      const b = await candidate(bench, "b");
      const { shown, done, ended } = observe(await candidate(bench, "watcher"));
      await bench.eventually("nobody", () => shown.length === 1);
      assert.equal(shown[0], null);
      const first = await a.election.campaign();
      await showing(bench, shown, "a");
      assert.deepEqual(shown.at(-1), { id: "a", data: { url: "first" }, term: first.term, stale: false });
      const waiting = b.election.campaign();
      await standing(bench, a.election, 2);
      await bench.pause(bench.rig.promptMs);
      assert.equal(shown.length, 2, "a candidate more is no news");
      await first.proclaim({ url: "second" });
      await bench.eventually("what is proclaimed", () => shown.at(-1)?.data?.url === "second");
      const late = observe(await candidate(bench, "late"));
      await showing(bench, late.shown, "a");
      assert.equal(late.shown.length, 1);
      await first.resign();
      await showing(bench, shown, "b");
      const second = await waiting;
      assert.equal(shown.at(-1)?.term, second.term);
      await second.resign();
      await showing(bench, shown, undefined);
      const terms = shown.flatMap((leader) => (leader ? [leader.term] : []));
      assert.deepEqual(
        terms,
        [...terms].sort((x, y) => Number(x - y)),
      );
      done.abort();
      late.done.abort();
      assert.deepEqual(await Promise.all([ended, late.ended]), ["ended", "ended"]);
    },
  },
  {
    title: "observe: while blind it says so and shows no old leader as fresh; then it shows the present one",
    async run(bench) {
      const a = await candidate(bench, "a");
      const b = await candidate(bench, "b");
      const watcher = await candidate(bench, "watcher");
      const { shown, done, ended } = observe(watcher);
      const first = await a.election.campaign();
      const waiting = b.election.campaign();
      await showing(bench, shown, "a");
      watcher.network.refuse();
      await bench.eventually("to be stale", () => shown.at(-1)?.stale, 15_000);
      const count = shown.length;
      await first.resign();
      const second = await waiting;
      await bench.pause(bench.rig.promptMs);
      assert.equal(shown.length, count);
      watcher.network.heal();
      await showing(bench, shown, "b");
      assert.ok(shown.slice(count).every((leader) => leader?.id !== "a" || leader.stale));
      await second.resign();
      done.abort();
      assert.equal(await ended, "ended");
    },
  },
  {
    title: "observe: over a store that was set back it shows who leads there, whose term is lower",
    async run(bench) {
      const a = await candidate(bench, "a");
      const leadership = await a.election.campaign();
      const before = leadership.term + 1_000n;
      const { coord } = await bench.coord({}, (store) => ({
        ...store,
        watch: (scope, options) => withPast(store.watch(scope, options), before),
      }));
      const { shown, done, ended } = observe({ ...a, coord, election: new Election<Published>(coord, "e") });
      await showing(bench, shown, "a");
      assert.deepEqual(
        shown.map((leader) => leader?.term),
        [before, leadership.term],
      );
      await leadership.resign();
      await showing(bench, shown, undefined);
      done.abort();
      assert.equal(await ended, "ended");
    },
  },
  {
    title: "observe: goes on when the observer's own session ends, and ends by close()",
    async run(bench) {
      const a = await candidate(bench, "a");
      const watcher = await candidate(bench, "watcher");
      const { shown, ended } = observe(watcher);
      await bench.eventually("nobody", () => shown.length === 1);
      await bench.rig.expire(watcher.coord.status().session?.id ?? "");
      const leadership = await a.election.campaign();
      await showing(bench, shown, "a");
      await watcher.coord.close();
      assert.equal(await bench.within(2_000, "the end", ended), "ended");
      await leadership.resign();
    },
  },
  {
    title: "observe: whoever leaves the loop is done, and a slow reader is shown the newest",
    async run(bench) {
      const { election } = await candidate(bench, "a");
      const watcher = await candidate(bench, "watcher");
      for (let round = 0; round < 3; round += 1) {
        const leadership = await election.campaign();
        for await (const leader of watcher.election.observe()) {
          assert.equal(leader?.term, leadership.term);
          break;
        }
        await leadership.resign();
      }
      const slow = watcher.election.observe();
      assert.equal((await slow.next()).value, null);
      for (let round = 0; round < 4; round += 1) await (await election.campaign()).resign();
      const last = await election.campaign();
      await bench.pause(bench.rig.promptMs);
      const { value } = await slow.next();
      assert.equal(value?.term, last.term);
      await slow.return(undefined);
      await last.resign();
    },
  },
];

/** What a watch shows of a store that is set back after its first snapshot: there the first in line had this order. */
async function* withPast(shown: AsyncIterable<Snapshot>, order: bigint): AsyncGenerator<Snapshot, undefined> {
  let first = true;
  for await (const snapshot of shown) {
    const { entries, history } = snapshot;
    if (first) yield { ...snapshot, entries: entries.map((entry) => ({ ...entry, order })) };
    yield { ...snapshot, history: history + 1 };
    first = false;
  }
}
