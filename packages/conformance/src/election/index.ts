import type { Case } from "../rig.ts";
import { faultCases } from "./faults.ts";
import { leadingCases } from "./leading.ts";
import { losingCases } from "./losing.ts";
import { observingCases } from "./observing.ts";
import { publishingCases } from "./publishing.ts";

/** What elections promise, rule by rule, on any store. */
export const electionCases: readonly Case[] = [
  ...leadingCases,
  ...publishingCases,
  ...losingCases,
  ...observingCases,
  ...faultCases,
];
