// Run as a thread: takes a lock over and over, and says by shared memory who is inside.
import { parentPort, workerData } from "node:worker_threads";
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";

const { path, rounds, inside } = workerData as { path: string; rounds: number; inside: Int32Array };
const coord = await connect({ path }, { session: { ttlMs: 1_000 } });
const mutex = new Mutex(coord, "threads");
const tokens: bigint[] = [];
for (let round = 0; round < rounds; round += 1) {
  await mutex.run(async ({ fencingToken }) => {
    if (Atomics.add(inside, 0, 1) !== 0) throw new Error("somebody else is inside");
    await new Promise(setImmediate);
    Atomics.sub(inside, 0, 1);
    tokens.push(fencingToken);
  });
}
const last = await mutex.acquire();
parentPort?.postMessage({ tokens, holds: last.fencingToken });
parentPort?.once("message", async () => {
  await last.release();
  await coord.close();
});
