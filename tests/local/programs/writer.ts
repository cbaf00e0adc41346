// Run as a process of its own, to be killed: writes for good over and over, and writes down what was acknowledged.
import { appendFileSync } from "node:fs";
import { connect } from "@coord/local";

const [, , path = "", client = "", acknowledged = ""] = process.argv;
const padding = "x".repeat(2_000);
const coord = await connect({ path });

/** Two entries that are always alike, and one that takes the place of the one before it. */
for (let round = 1; ; round += 1) {
  const value = new TextEncoder().encode(`${round} ${padding}`);
  await coord.store.commit({
    writes: [
      { put: `${client}/one`, value },
      { put: `${client}/other`, value },
      { create: `${client}/rounds/${round}`, value: new Uint8Array() },
      { remove: `${client}/rounds/${round - 1}` },
    ],
  });
  appendFileSync(acknowledged, `${round}\n`);
}
