import type { Case } from "../rig.ts";
import { closingCases } from "./closing.ts";
import { costCases } from "./costs.ts";
import { downgradingCases } from "./downgrading.ts";
import { exclusionCases } from "./exclusion.ts";
import { faultCases } from "./faults.ts";
import { interruptedCases } from "./interrupted.ts";
import { limitCases } from "./limits.ts";
import { lossCases } from "./loss.ts";
import { managerCases } from "./manager.ts";
import { nameCases } from "./names.ts";
import { nestingCases } from "./nesting.ts";
import { readWriteCases } from "./read-write.ts";
import { runningCases } from "./running.ts";
import { semaphoreCases } from "./semaphore.ts";
import { severalCases } from "./several.ts";
import { waitingCases } from "./waiting.ts";

/** What locks promise, rule by rule, on any store. */
export const lockCases: readonly Case[] = [
  ...exclusionCases,
  ...nestingCases,
  ...waitingCases,
  ...interruptedCases,
  ...lossCases,
  ...faultCases,
  ...runningCases,
  ...nameCases,
  ...closingCases,
  ...readWriteCases,
  ...downgradingCases,
  ...semaphoreCases,
  ...limitCases,
  ...severalCases,
  ...managerCases,
  ...costCases,
];
