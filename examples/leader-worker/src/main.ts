// One of several processes leads; when it is done, or dies, the next one goes on.
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "@coord/core";
import { Election } from "@coord/election";

const { COORD_URL = "file:./.coord", NAME = "worker" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });

await new Election(coord, "scheduler", { id: NAME }).lead(async ({ signal, term }) => {
  console.log(`leads in term ${term}`);
  for (let round = 1; round <= 3; round += 1) {
    await pause(50, undefined, { signal }); // ends early if the leadership is lost
    console.log(`schedules round ${round} of term ${term}`);
  }
});
await coord.close();
