import { setTimeout as pause } from "node:timers/promises";
import { CoordError, type Hold, toKey } from "@coord/core";
import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

/** A process is stopped for so long that the lock goes to another one, and then goes on as if nothing had happened. */
export const stoppedHolder = step({
  title: "a worker that was stopped beyond its ttl can do no harm",
  ttlMs: 1_500,

  inWorker({ coord, resource }) {
    const lock = new Mutex(coord, "ledger");
    let hold: Hold;
    return {
      async acquire() {
        hold = await lock.acquire();
        return hold.fencingToken;
      },
      /** Works in small steps and checks before each, until a check says no. */
      async workUntilLost() {
        const { signal } = hold;
        let stepAtMs = nowMs();
        while (true) {
          const code = codeThrownBy(hold.check);
          if (code) return { code, aborted: signal.aborted, sinceLastStepMs: nowMs() - stepAtMs };
          stepAtMs = nowMs();
          await pause(5);
        }
      },
      /** A write that was on its way, or that somebody forgot to check: only its token can stop it. */
      writeUnchecked: () => resource.write(hold.fencingToken),
      /** The same to the store itself, which looks at the guard. */
      async commitGuarded(text: string) {
        const write = { put: toKey("ledger-page"), value: new TextEncoder().encode(text) };
        return coord.store.commit({ guards: [hold.guard], writes: [write] }).then(() => "accepted", codeOf);
      },
    };
  },

  async run({ coord, workers: [stopped, next], ttlMs }) {
    const oldToken = await stopped.ask("acquire");
    const working = stopped.ask("workUntilLost");
    const firstWrite = await stopped.ask("writeUnchecked"); // answered after the work has begun
    check(firstWrite === "accepted", "the holder's write accepted", firstWrite);
    const takeover = next.ask("acquire");

    stopped.signal("SIGSTOP");
    const newToken = await Promise.all([takeover, pause(ttlMs + 200)]).then(([token]) => token);
    check(newToken > oldToken, `a token above ${oldToken}`, newToken);
    const [write, commit] = [await next.ask("writeUnchecked"), await next.ask("commitGuarded", "by the new holder")];
    check(write === "accepted" && commit === "accepted", "the new holder's writes accepted", { write, commit });

    stopped.signal("SIGCONT");
    const { code, aborted, sinceLastStepMs } = await working;
    check(code === "LOCK_LOST", "check() to throw LOCK_LOST", code);
    check(sinceLastStepMs >= ttlMs, "the first check() after the stop to throw", `${seconds(sinceLastStepMs)} later`);
    check(aborted, "hold.signal to be aborted", "it is not");
    const lateWrite = await stopped.ask("writeUnchecked");
    const lateCommit = await stopped.ask("commitGuarded", "by the old holder");
    check(lateWrite === "refused", "the late write refused by its token", lateWrite);
    check(lateCommit === "CONFLICT", "the late commit refused by its guard", lateCommit);
    const page = await coord.store.get(toKey("ledger-page"));
    check(new TextDecoder().decode(page?.value) === "by the new holder", "the new holder's page", page);
    return `the holder was stopped for ${seconds(sinceLastStepMs)}: its first check() threw, its late writes were refused`;
  },
});

const codeOf = (error: unknown): string => {
  if (CoordError.is(error)) return error.code;
  throw error;
};

function codeThrownBy(body: () => void): string | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}
