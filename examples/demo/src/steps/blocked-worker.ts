import { CoordError, type Hold } from "@coord/core";
import { Mutex } from "@coord/lock";
import { check } from "../check.ts";
import { nowMs, seconds } from "../clock.ts";
import { step } from "../step.ts";

/** A long computation blocks the event loop: no heartbeat goes out, and no timer can tell. */
export const blockedWorker = step({
  title: "a worker whose event loop is blocked finds out by check()",
  ttlMs: 1_500,

  inWorker({ coord }) {
    const lock = new Mutex(coord, "render");
    let hold: Hold;
    return {
      async acquire() {
        hold = await lock.acquire();
        return hold.fencingToken;
      },
      /** Doesn't let the event loop go on until a check has said no, or should have long ago. */
      block() {
        const deadlineMs = hold.remainingMs + nowMs();
        let lastYesMs = Number.NEGATIVE_INFINITY;
        while (lastYesMs < deadlineMs + 1_000) {
          const checkedAtMs = nowMs();
          try {
            hold.check();
          } catch (error) {
            return { code: CoordError.is(error) ? error.code : String(error), deadlineMs, lastYesMs, noAtMs: nowMs() };
          }
          lastYesMs = checkedAtMs;
        }
        return { code: "still yes", deadlineMs, lastYesMs, noAtMs: nowMs() };
      },
    };
  },

  async run({ workers: [blocked, next], ttlMs }) {
    const oldToken = await blocked.ask("acquire");
    const blocking = blocked.ask("block");
    const takeover = next.ask("acquire").then((token) => ({ token, letInAtMs: nowMs() }));
    const { code, deadlineMs, lastYesMs, noAtMs } = await blocking;
    const { token, letInAtMs } = await takeover;
    check(code === "LOCK_LOST", "check() to throw LOCK_LOST", code);
    check(
      lastYesMs <= deadlineMs,
      "no check() to pass after the deadline",
      `one ${lastYesMs - deadlineMs} ms after it`,
    );
    check(noAtMs - deadlineMs < 500, "check() to throw at the deadline", `${noAtMs - deadlineMs} ms after it`);
    check(lastYesMs < letInAtMs, "check() to say no before the next is let in", `${lastYesMs - letInAtMs} ms after`);
    check(token > oldToken, `a token above ${oldToken}`, token);
    return `a blocked worker (ttl ${seconds(ttlMs)}): check() said no ${Math.max(0, Math.round(noAtMs - deadlineMs))} ms after its deadline, then the next was let in`;
  },
});
