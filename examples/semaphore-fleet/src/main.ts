// Five processes render pictures; the licence is for two at once.
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "@coord/core";
import { Semaphore } from "@coord/lock";

const { COORD_URL = "file:./.coord", NAME = "worker" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });
const licences = new Semaphore(coord, "renderer/licences", { permits: 2 });

for (let picture = 1; picture <= 2; picture += 1) {
  await licences.run(
    async ({ signal }) => {
      console.log(`begins picture ${picture}`);
      await pause(50, undefined, { signal });
      console.log(`ends picture ${picture}`);
    },
    { waitMs: 60_000 },
  );
}
await coord.close();
