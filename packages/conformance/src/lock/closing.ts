import assert from "node:assert/strict";
import { CoordError, type LockLostError } from "@coord/core";
import { Mutex } from "@coord/lock";
import type { Case } from "../rig.ts";

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error) => error,
  );

/** What `close()` promises: rule 10. */
export const closingCases: readonly Case[] = [
  {
    title: "close: waits end with ClosedError, holds are aborted and given back at once, and it is idempotent",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const elsewhere = await new Mutex(other, "n").acquire();
      const waiting = outcome(new Mutex(coord, "n").acquire());
      const next = new Mutex(other, "m").acquire();
      await bench.pause(bench.rig.promptMs);
      const startMs = bench.rig.runtime.now();
      await Promise.all([coord.close(), coord.close()]);
      assert.ok(bench.rig.runtime.now() - startMs < 500);
      assert.ok(CoordError.is(await waiting, "CLOSED"));
      assert.equal((hold.signal.reason as LockLostError).reason, "closed");
      await (await bench.within(500, "the next holder", next)).release();
      assert.equal(coord.state, "closed");
      assert.ok(CoordError.is(await outcome(new Mutex(coord, "m").acquire()), "CLOSED"));
      assert.ok(CoordError.is(await outcome(new Mutex(coord, "m").tryAcquire()), "CLOSED"));
      assert.ok(CoordError.is(await outcome(coord.store.get("k")), "CLOSED"));
      assert.equal((await other.store.list("n")).entries.length, 1);
      await elsewhere.release();
    },
  },
  {
    title: "close: waits for a body that obeys its signal before the lock is given back",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      let ended = false;
      let begun = false;
      const running = outcome(
        new Mutex(coord, "m").run(async ({ signal }) => {
          begun = true;
          await bench.eventually("the signal", () => signal.aborted);
          await bench.pause(200);
          ended = true;
        }),
      );
      await bench.eventually("the body to begin", () => begun);
      const next = new Mutex(other, "m").acquire().then((hold) => {
        assert.ok(ended, "the next one was let in while the body ran");
        return hold.release();
      });
      await coord.close();
      assert.ok(CoordError.is(await running, "LOCK_LOST"));
      await next;
    },
  },
  {
    title: "close: settles within two seconds when the store is gone, and so does everything that was pending",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      await new Mutex(other, "n").acquire();
      const waiting = outcome(new Mutex(coord, "n").acquire());
      await bench.pause(20);
      network.stall();
      const releasing = hold.release();
      const reading = outcome(coord.store.get("k"));
      const running = outcome(new Mutex(coord, "o").acquire());
      await bench.pause(20);
      await bench.within(2_000, "close()", coord.close());
      for (const pending of [waiting, reading, running, releasing])
        await bench.within(500, "what was pending", pending);
    },
  },
];
