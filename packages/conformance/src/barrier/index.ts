import type { Case } from "../rig.ts";
import { gateCases } from "./gate.ts";
import { givingUpCases } from "./giving-up.ts";
import { phaseFaultCases } from "./phase-faults.ts";
import { phaseCases } from "./phases.ts";
import { roundCases } from "./rounds.ts";
import { verdictCases } from "./verdicts.ts";

/** What barriers promise, rule by rule, on any store. */
export const barrierCases: readonly Case[] = [
  ...gateCases,
  ...roundCases,
  ...verdictCases,
  ...givingUpCases,
  ...phaseCases,
  ...phaseFaultCases,
];
