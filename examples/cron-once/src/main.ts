// A job that every machine's cron starts at about the same time, and that should run once.
import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";

const { COORD_URL = "file:./.coord", NAME = "worker" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });

// the lock is kept for two seconds at least, so a machine whose clock is a little late finds it taken
const nightly = new Mutex(coord, "cron/nightly-invoice");
const { ran } = await nightly.tryRun(
  async ({ signal, fencingToken }) => {
    signal.throwIfAborted(); // pass it on to whatever you await
    console.log(`sends the invoices, with token ${fencingToken}`);
  },
  { holdAtLeastMs: 2_000 },
);
if (!ran) console.log("leaves it to another one");
await coord.close();
