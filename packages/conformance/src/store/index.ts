import type { Case } from "../rig.ts";
import { callCases } from "./calls.ts";
import { commitCases } from "./commits.ts";
import { contendCases } from "./contend.ts";
import { directoryCases } from "./directories.ts";
import { entryCases } from "./entries.ts";
import { followCases } from "./follow.ts";
import { guardCases } from "./guards.ts";
import { sessionCases } from "./sessions.ts";
import { versionCases } from "./versions.ts";
import { watchCases } from "./watches.ts";
import { watchTogetherCases } from "./watches-together.ts";

/** The storage contract, sentence by sentence. */
export const storeCases: readonly Case[] = [
  ...entryCases,
  ...directoryCases,
  ...commitCases,
  ...guardCases,
  ...versionCases,
  ...sessionCases,
  ...contendCases,
  ...followCases,
  ...watchCases,
  ...watchTogetherCases,
  ...callCases,
];
