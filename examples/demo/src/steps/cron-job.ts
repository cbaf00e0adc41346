import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

const atLeastMs = 1_000;

/** The same job starts on every machine at about the same time, and should run once. */
export const cronJob = step({
  title: "a cron job that starts on 3 workers runs once",
  ttlMs: 10_000,

  inWorker({ coord, resource }) {
    const lock = new Mutex(coord, "nightly-invoices");
    return {
      async startJob(holdAtLeastMs: number) {
        const { ran } = await lock.tryRun(({ fencingToken }) => resource.enter(fencingToken), { holdAtLeastMs });
        return ran;
      },
    };
  },

  async run({ workers, resource }) {
    const startMs = nowMs();
    const ran = await Promise.all(workers.map((worker) => worker.ask("startJob", atLeastMs)));
    const tookMs = nowMs() - startMs;
    const runs = resource.entered.length;
    check(runs === 1, "one run of the job", `${runs} runs`);
    check(ran.filter(Boolean).length === 1, "one worker to say that it ran the job", ran);
    check(tookMs >= atLeastMs, `the lock to be kept for ${seconds(atLeastMs)}`, seconds(tookMs));
    check(await workers[0].ask("startJob", 0), "the job to run again the next night", "the lock was still held");
    return "a cron job started on 3 workers at once: one ran it, two left it";
  },
});
