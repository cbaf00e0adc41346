import { toKey } from "@coord/core";
import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { eventually, nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

const name = "shift";

/** One worker holds a lock, one waits for it, one is idle; all are told to close their client, and nothing else. */
export const cleanShutdown = step({
  title: "workers that close their client end by themselves",
  ttlMs: 10_000,

  inWorker({ coord }) {
    const lock = new Mutex(coord, name);
    return {
      acquire: async () => (await lock.acquire()).fencingToken,
    };
  },

  async run({ coord, workers }) {
    const [holder, waiter, ...idle] = workers;
    const inLine = async () => (await coord.store.list(toKey(name))).entries.length;
    await holder.ask("acquire");
    const waiting = waiter.ask("acquire").catch((error) => error);
    await eventually("worker 2 to stand in line", async () => (await inLine()) === 2);

    const startMs = nowMs();
    await waiter.close(); // before the holder, which lets it in
    await Promise.all([holder, ...idle].map((worker) => worker.close()));
    const left = await inLine();
    const endings = await Promise.all(workers.map(({ ended }) => ended));
    const tookMs = nowMs() - startMs;
    check(String(await waiting).includes("ClosedError"), "the wait to end with ClosedError", String(await waiting));
    check(
      endings.every((code) => code === 0),
      "every worker to exit with 0",
      endings,
    );
    check(tookMs <= 1_000, "every worker to exit within 1.0 s", seconds(tookMs));
    check(left === 0, "nothing left in the store", left);
    return "3 workers closed their clients and ended by themselves; nothing of them was left in the store";
  },
});
