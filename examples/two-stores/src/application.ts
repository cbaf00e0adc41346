// One process of the application. Which store has what stands in one line; nothing else knows of it.
import { setTimeout as pause } from "node:timers/promises";
import { Config } from "@coord/config";
import { CoordError, connect, routes } from "@coord/core";
import { Mutex } from "@coord/lock";
import { SharedMap } from "@coord/replica";
import { z } from "zod";

const { CONFIG_URL = "", DATA_URL = "", NAME = "worker", RUN = "run" } = process.env;
const jobs = Array.from({ length: 24 }, (_, number) => `job-${number}`);

interface Result {
  readonly by: string;
  readonly price: number;
}

const coord = await connect(routes({ config: CONFIG_URL, "": DATA_URL }), { owner: NAME });

const schema = z.object({ price: z.number().positive().default(3) });
const config = await Config.open(coord, `config/${RUN}`, { schema });
const results = await SharedMap.open<Result>(coord, `results/${RUN}`);

let mine = 0;
for (const job of jobs) {
  await new Mutex(coord, `jobs/${RUN}/${job}`).tryRun(async () => {
    if (results.has(job)) return;
    await pause(20);
    const result = { by: NAME, price: config.current.price };
    if (await once(results.set(job, result, { ifVersion: null }))) mine += 1;
  });
  if (results.size >= jobs.length / 2) await raisePrice();
}
while (results.size < jobs.length) await pause(10);

const prices = new Set([...results.entries()].map(({ value }) => value.price));
console.log(JSON.stringify({ name: NAME, mine, results: results.size, prices: [...prices].sort() }));
await coord.close();

/** Once for all processes: the lock is on the store that has the configuration. */
async function raisePrice(): Promise<void> {
  if (config.current.price !== 3) return;
  await new Mutex(coord, `config/${RUN}-editor`).run(async () => {
    // what another one has set may not have come here yet
    if (config.version === 0) await once(config.set({ price: 5 }, { ifVersion: 0, message: "half of it is done" }));
  });
}

/** Whether this process was the first to do it. */
async function once(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (CoordError.is(error, "CONFLICT")) return false;
    throw error;
  }
}
