import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { step } from "../step.ts";

const name = "till";
const turnsEach = 20;

/** Three workers want the same lock again and again. */
export const passedAlong = step({
  title: "a lock is passed along between 3 workers",
  ttlMs: 10_000,

  inWorker({ coord, resource }) {
    const lock = new Mutex(coord, name);
    return {
      async takeTurns() {
        for (let turn = 0; turn < turnsEach; turn += 1) {
          await lock.run(async ({ fencingToken }) => {
            await resource.enter(fencingToken);
            await resource.leave();
          });
        }
      },
    };
  },

  async run({ workers, resource }) {
    await Promise.all(workers.map((worker) => worker.ask("takeTurns")));
    const tokens = resource.entered.map(({ token }) => token);
    const turns = turnsEach * workers.length;
    check(resource.mostInside === 1, "never two inside at once", `${resource.mostInside} at once`);
    check(tokens.length === turns, `${turns} turns`, tokens.length);
    // a token is the store's order of arrival, so tokens that rise are first come, first served
    check(rise(tokens), "first come, first served, with fencing tokens that rise strictly", tokens);
    return `3 workers passed one lock along ${turns} times: never two at once, first come first served, tokens rising`;
  },
});

const rise = (tokens: readonly bigint[]) => tokens.every((token, i) => i === 0 || token > (tokens[i - 1] ?? token));
