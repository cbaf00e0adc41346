import type { Case } from "../rig.ts";
import { callingCases } from "./calling.ts";
import { formatCases } from "./formats.ts";
import { leavingCases } from "./leaving.ts";
import { outageCases } from "./outage.ts";
import { registeringCases } from "./registering.ts";
import { servicesCases } from "./services.ts";
import { viewCases } from "./views.ts";

/** Discovery: rules 34 to 39. */
export const discoveryCases: readonly Case[] = [
  ...registeringCases,
  ...servicesCases,
  ...leavingCases,
  ...outageCases,
  ...viewCases,
  ...callingCases,
  ...formatCases,
];
