import { discoveryCases, register, simulatedRig } from "@coord/conformance";
import { test } from "vitest";

const hourMs = 3_600_000;
/** The long variant: COORD_LONG=1. */
const hours = process.env.COORD_LONG ? 6 : 1;

/** The case that every store runs for seconds, for as long as a bad night. */
register(
  discoveryCases.filter(({ title }) => title.startsWith("outage:")),
  {
    test: (title, body) => test(`${hours} h, ${title}`, body, 120_000),
    rig: () => ({ ...simulatedRig(1), outageMs: hours * hourMs }),
    drive: (rig, body) => rig.drive(body, (hours + 1) * hourMs),
  },
);
