// Processes that do one phase after the other, each together.
import { setTimeout as pause } from "node:timers/promises";
import { DoubleBarrier } from "@coord/barrier";
import { connect } from "@coord/core";

const { COORD_URL = "file:./.coord", NAME = "worker" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });

for (const phase of ["extract", "transform", "load"]) {
  // nobody begins before all three are there, and nobody goes on before all have ended
  await new DoubleBarrier(coord, `import/${phase}`, { parties: 3 }).run(
    async ({ index, signal }) => {
      console.log(`begins ${phase} as number ${index}`);
      await pause(20 * (index + 1), undefined, { signal });
      console.log(`ends ${phase}`);
    },
    { waitMs: 30_000 },
  );
}
await coord.close();
