import { isDeepStrictEqual } from "node:util";
import { CoordError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { eventually } from "../clock.ts";
import { step } from "../step.ts";

/** Waiters lose patience: by a time limit, and by a signal. Meanwhile and after it somebody looks at the line. */
export const givingUp = step({
  title: "a waiter that gives up leaves nothing in line",
  ttlMs: 10_000,

  inWorker({ coord }) {
    const lock = new Mutex(coord, "press");
    const controller = new AbortController();
    const outcome = (waiting: Promise<unknown>) =>
      waiting.then(
        () => "let in",
        (error) => (CoordError.is(error) ? error.code : String(error)),
      );
    return {
      acquire: async () => (await lock.acquire()).fencingToken,
      waitAtMost: (waitMs: number) => outcome(lock.acquire({ waitMs })),
      waitUntilAborted: () => outcome(lock.acquire({ signal: controller.signal })),
      abort: () => controller.abort("changed my mind"),
    };
  },

  async run({ coord, workers: [holder, patient, fickle] }) {
    const lock = new Mutex(coord, "press");
    const line = async () => {
      const { holder, waiters } = await lock.inspect();
      return [holder, ...waiters].map((contestant) => contestant?.owner);
    };
    const lineIs = (...expected: readonly string[]) =>
      eventually(`the line to be ${expected.join(", ")}`, async () => isDeepStrictEqual(await line(), expected));

    await holder.ask("acquire");
    const outOfTime = patient.ask("waitAtMost", 1_000);
    await lineIs(holder.name, patient.name);
    const aborted = fickle.ask("waitUntilAborted");
    await lineIs(holder.name, patient.name, fickle.name);
    const shown = (await line()).join(", ");
    await fickle.ask("abort");
    check((await aborted) === "changed my mind", "the signal's own reason", await aborted);
    await lineIs(holder.name, patient.name);
    check((await outOfTime) === "LOCK_TIMEOUT", "LOCK_TIMEOUT after waitMs", await outOfTime);
    await lineIs(holder.name);
    return `in line stood ${shown}; two gave up, and nothing of them was left in it`;
  },
});
