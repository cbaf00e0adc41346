import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import type { Bench, Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { opened, viewer } from "./settings.ts";

/** So many that a share of a half is all or none of them once in eight million runs. */
const many = 24;
const instances = Array.from({ length: many }, (_, index) => `pod-${index}`);

/** Some instances on one client each would be costly, and needn't be: what counts is what they are called. */
async function fleet(bench: Bench) {
  const { coord, config: operator } = await viewer(bench);
  const pods = await Promise.all(instances.map((instance) => opened(coord, { instance })));
  const running = (version: number, count: number) =>
    bench.eventually(`${count} of them on version ${version}`, async () => {
      const status = await operator.rollout.status();
      const shown = status.instances.filter((each) => each.version === version).map(({ instance }) => instance);
      const own = instances.filter((_, index) => pods[index]?.version === version);
      return shown.length === count && own.length === count && shown.every((each) => own.includes(each)) && own;
    });
  return { coord, operator, pods, running };
}

type Fleet = Awaited<ReturnType<typeof fleet>>;
const counts = ({ pods }: Fleet) => pods.map(({ current }) => current.count);

/** A new version for some, then for all, or back. */
export const rolloutCases: readonly Case[] = [
  {
    title: "config: a version is rolled out to a share, to more of them, and to all; who runs which one can be asked",
    async run(bench) {
      const all = await fleet(bench);
      const { operator, running, pods } = all;
      await operator.set({ count: 1 });
      await running(1, many);
      assert.equal(await operator.rollout.begin((now) => ({ ...now, count: 2 }), { share: 0, message: "careful" }), 2);
      assert.deepEqual((await operator.rollout.status()).candidate, { version: 2, share: 0 });
      await running(1, many);
      await operator.rollout.widen(0.5);
      await bench.eventually("some", () => pods.some(({ version }) => version === 2));
      await bench.pause(bench.rig.promptMs);
      const half = pods.filter(({ version }) => version === 2).length;
      assert.ok(half > 0 && half < many, `${half} of ${many}`);
      const first = await running(2, half);
      await running(1, many - half);
      assert.deepEqual([...new Set(counts(all))].sort(), [1, 2]);
      await operator.rollout.widen(0.9);
      await bench.pause(bench.rig.promptMs);
      const more = await running(2, pods.filter(({ version }) => version === 2).length);
      assert.ok(
        first.every((instance) => more.includes(instance)),
        "nobody goes back",
      );
      const narrower = await operator.rollout.widen(0.2).catch((error: unknown) => error);
      assert.ok(CoordError.is(narrower, "USAGE"));
      assert.equal(await operator.rollout.promote(), 2);
      await running(2, many);
      assert.equal((await operator.rollout.status()).candidate, null);
      assert.deepEqual(
        (await operator.history()).map(({ version, message }) => [version, message]),
        [
          [2, "careful"],
          [1, undefined],
        ],
      );
    },
  },
  {
    title: "config: a roll-out that is abandoned leaves all with what they had, as a newer version: none goes back",
    async run(bench) {
      const all = await fleet(bench);
      const { operator, pods, running } = all;
      await operator.set({ count: 1 });
      await running(1, many);
      const told: number[] = [];
      const went: number[] = [];
      for (const pod of pods) pod.on("change", ({ count }) => told.push(count) && went.push(pod.version));
      await operator.rollout.begin((now) => ({ ...now, count: 2 }), { share: 0.5 });
      await bench.eventually("some", () => pods.some(({ version }) => version === 2));
      await bench.pause(bench.rig.promptMs);
      const some = pods.filter(({ version }) => version === 2).length;
      for (const wrong of [operator.set({ count: 9 }), operator.rollout.begin(() => ({}), { share: 1 })]) {
        assert.ok(CoordError.is(await wrong.catch((error: unknown) => error), "CONFLICT"));
      }
      assert.equal(await operator.rollout.abandon({ author: "me" }), 3);
      await running(3, many);
      assert.deepEqual(
        counts(all),
        instances.map(() => 1),
      );
      assert.deepEqual(told.sort(), [...Array(some).fill(1), ...Array(some).fill(2)]);
      assert.ok(went.every((version) => version >= 2));
      for (const over of [operator.rollout.abandon(), operator.rollout.promote(), operator.rollout.widen(1)]) {
        assert.ok(CoordError.is(await over.catch((error: unknown) => error), "CONFLICT"));
      }
      const [newest] = await operator.history();
      assert.deepEqual([newest?.version, newest?.author, newest?.value], [3, "me", { count: 1 }]);
      await operator.rollout.begin((now) => ({ ...now, count: 4 }), { share: 0.5 });
      assert.equal(await operator.rollback(3), 5, "the emergency exit");
      await running(5, many);
    },
  },
  {
    title:
      "config: a roll-out that the schema refuses, or that has nothing to go back to, or a share that is none, is refused",
    async run(bench) {
      const { config } = await viewer(bench);
      const first = await config.rollout.begin(() => ({ count: 1 }), { share: 0.5 }).catch((error: unknown) => error);
      assert.ok(CoordError.is(first, "CONFLICT"), String(first));
      await config.set({ count: 1 });
      const refused = await config.rollout
        .begin(() => ({ rateLimit: -1 }), { share: 0.5 })
        .catch((error: unknown) => error);
      assert.ok(CoordError.is(refused, "VALIDATION"));
      for (const share of [-0.1, 1.1, Number.NaN, "half" as never]) {
        const wrong = await config.rollout.begin(() => ({}), { share }).catch((error: unknown) => error);
        assert.ok(CoordError.is(wrong, "USAGE"));
      }
      assert.equal((await config.rollout.status()).candidate, null);
    },
  },
  {
    title: "config: an instance that is closed or dies is shown no more; one that lost its session is shown again",
    async run(bench) {
      const { config: operator } = await viewer(bench);
      await operator.set({ count: 1 });
      const shown = (...names: string[]) =>
        bench.eventually(
          `${names}`,
          async () => {
            const status = await operator.rollout.status();
            return JSON.stringify(status.instances.map(({ instance }) => instance)) === JSON.stringify(names);
          },
          3 * bench.rig.ttlMs + 20_000,
        );
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((instance) => viewer(bench, { instance })));
      await shown("a", "b", "c");
      const status = await operator.rollout.status();
      assert.deepEqual(status.instances[0], { ...status.instances[0], instance: "a", version: 1, pid: process.pid });
      await a?.config.close();
      await shown("b", "c");
      await bench.rig.expire(b?.coord.status().session?.id ?? "");
      await c?.coord.close();
      await shown("b");
      await operator.set({ count: 2 });
      await bench.eventually(
        "the new version",
        async () => (await operator.rollout.status()).instances[0]?.version === 2,
      );
      await b?.config.close();
      await shown();
    },
  },
  {
    title: "config: whichever call of a roll-out fails once, it goes its way",
    async run(bench) {
      const { config: seen } = await viewer(bench);
      for (const fault of repairable) {
        for (let nth = 0; nth < 6; nth += 1) {
          await seen.set({ count: 1 });
          const { coord } = await troubledClient(bench, fault, nth);
          const config = await opened(coord);
          const version = await config.rollout.begin((now) => ({ ...now, count: 2 }), { share: 0.5 });
          await config.rollout.widen(1);
          assert.equal(await config.rollout.promote(), version, `${JSON.stringify(fault)} at ${nth}`);
          await bench.eventually("the version", () => seen.version === version && seen.current.count === 2);
          await coord.close();
        }
      }
    },
  },
];
