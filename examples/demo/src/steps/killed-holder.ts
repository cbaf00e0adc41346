import type { Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { eventually, nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

/** A process dies without a word while it holds the lock. */
export const killedHolder = step({
  title: "the lock of a killed worker passes on",
  ttlMs: 1_500,

  inWorker({ coord }) {
    const lock = new Mutex(coord, "report");
    let hold: Hold | undefined;
    return {
      async acquire() {
        hold = await lock.acquire();
        return hold.fencingToken;
      },
      remainingMs: () => hold?.remainingMs ?? 0,
    };
  },

  async run({ coord, workers: [holder, next], ttlMs }) {
    const lock = new Mutex(coord, "report");
    const deadToken = await holder.ask("acquire");
    const takeover = next.ask("acquire");
    await eventually("worker 2 to stand in line", async () => (await lock.inspect()).waiters.length === 1);

    const askedAtMs = nowMs();
    const promisedMs = await holder.ask("remainingMs");
    const killedAtMs = nowMs();
    holder.signal("SIGKILL");
    const token = await takeover;
    const letInAtMs = nowMs();

    const tookMs = letInAtMs - killedAtMs;
    const { holder: shown, waiters } = await lock.inspect();
    check(promisedMs > 0, "worker 1 to hold the lock when it was killed", promisedMs);
    check(
      letInAtMs >= askedAtMs + promisedMs,
      "nobody let in before the dead one's session could end",
      seconds(tookMs),
    );
    const atMostMs = ttlMs + 1_500; // a second, and as much more as ZooKeeper lets pass before it looks at sessions again
    check(tookMs <= atMostMs, `a takeover within ${seconds(atMostMs)}`, seconds(tookMs));
    check(token > deadToken, `a token above ${deadToken}`, token);
    check(shown?.token === token && waiters.length === 0, "worker 2 alone in the line", { shown, waiters });
    return `the holder was killed: ${seconds(tookMs)} later, with its session (ttl ${seconds(ttlMs)}) run out, the next was let in`;
  },
});
