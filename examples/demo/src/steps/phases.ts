import { setTimeout as pause } from "node:timers/promises";
import { CyclicBarrier } from "@coord/barrier";
import { check } from "../check.ts";
import { nowMs } from "../clock.ts";
import { step } from "../step.ts";

const phases = 5;

interface Phase {
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Workers of different speed do one phase after the other, each together. */
export const phasesTogether = step({
  title: "no worker begins a phase before all have ended the one before",
  ttlMs: 10_000,

  inWorker({ coord }) {
    const barrier = new CyclicBarrier(coord, "rounds", { parties: 3 });
    return {
      async work(phaseMs: number): Promise<Phase[]> {
        const done: Phase[] = [];
        for (let phase = 0; phase < phases; phase += 1) {
          await barrier.arrive();
          const beganMs = nowMs();
          await pause(phaseMs);
          done.push({ beganMs, endedMs: nowMs() });
        }
        return done;
      },
    };
  },

  async run({ workers }) {
    const speeds = [5, 20, 60];
    const work = await Promise.all(workers.map((worker, i) => worker.ask("work", speeds[i] ?? 0)));
    for (let phase = 1; phase < phases; phase += 1) {
      const lastEndMs = Math.max(...work.map((done) => done[phase - 1]?.endedMs ?? Number.NaN));
      const firstBeginMs = Math.min(...work.map((done) => done[phase]?.beganMs ?? Number.NaN));
      check(
        firstBeginMs >= lastEndMs,
        `phase ${phase} to begin after the last has ended`,
        `${firstBeginMs - lastEndMs} ms`,
      );
    }
    return `3 workers of different speed passed a barrier ${phases} times: nobody began before all had ended`;
  },
});
