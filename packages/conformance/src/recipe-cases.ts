import { barrierCases } from "./barrier/index.ts";
import { configCases } from "./config/index.ts";
import { discoveryCases } from "./discovery/index.ts";
import { electionCases } from "./election/index.ts";
import { lockCases } from "./lock/index.ts";
import { mirrorCases } from "./mirror/index.ts";
import { replicaCases } from "./replica/index.ts";
import type { Case } from "./rig.ts";
import { routeCases } from "./routes/index.ts";

/** What every recipe promises, whichever store it is on. */
export const recipeCases: readonly Case[] = [
  ...lockCases,
  ...electionCases,
  ...barrierCases,
  ...discoveryCases,
  ...configCases,
  ...replicaCases,
  ...mirrorCases,
  ...routeCases,
];
