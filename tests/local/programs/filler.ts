// Run as a process of its own: writes for good until it fails, tells how, and goes on each time that it is told to.
import { CoordError } from "@coord/core";
import { connect } from "@coord/local";

const [, , path = ""] = process.argv;
const padding = "x".repeat(2_000);
const coord = await connect({ path });
let acknowledged = 0;
let round = 0;

/** Two entries that are always alike. */
async function write(): Promise<void> {
  round += 1;
  const value = new TextEncoder().encode(`${round} ${padding}`);
  await coord.store.commit({
    writes: [
      { put: "filled/one", value },
      { put: "filled/other", value },
    ],
  });
  acknowledged = round;
}

async function fill(times: number): Promise<void> {
  try {
    for (let time = 0; time < times; time += 1) await write();
    process.send?.({ told: "wrote", acknowledged });
  } catch (error) {
    const code = CoordError.is(error) ? error.code : "none";
    process.send?.({ told: String(error), code, acknowledged });
  }
}

process.on("message", (times) => void fill(Number(times)));
process.send?.({ told: "ready" });
