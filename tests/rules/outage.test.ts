import { discoveryCases, register, simulatedRig } from "@coord/conformance";
import { test } from "vitest";

const hourMs = 3_600_000;
/** The long variant, as long as a bad night: COORD_LONG=1. */
const outageMs = process.env.COORD_LONG ? 6 * hourMs : hourMs / 3;

/** The case that every store runs for seconds. */
register(
  discoveryCases.filter(({ title }) => title.startsWith("outage:")),
  {
    test: (title, body) => test(`${outageMs / 60_000} min, ${title}`, body, 120_000),
    rig: () => ({ ...simulatedRig(1), outageMs }),
    drive: (rig, body) => rig.drive(body, outageMs + hourMs),
  },
);
