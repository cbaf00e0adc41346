// Run by exit.test.ts: takes a lock, leaves another waiting for it, and then closes its client or not.
import { connect } from "@coord/core";
import { Mutex } from "@coord/lock";

const ending = process.argv[2];
const coord = await connect("memory:closing");
const other = await connect("memory:closing");
await new Mutex(coord, "orders").acquire();
const waiting = new Mutex(other, "orders").acquire().then(
  () => console.log("acquired"),
  (error: { code?: string }) => console.log(`refused: ${error.code}`),
);
await new Mutex(coord, "others").acquire();

if (ending === "close") {
  await other.close();
  await waiting;
  await coord.close();
  const closedAtMs = performance.now();
  process.on("exit", () => console.log(`ended ${Math.round(performance.now() - closedAtMs)} ms after`));
} else {
  await other.close();
  console.log("open");
}
