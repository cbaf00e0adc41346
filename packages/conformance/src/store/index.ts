import type { Case } from "../rig.ts";
import { callCases } from "./calls.ts";
import { entryCases } from "./entries.ts";
import { lineCases } from "./lines.ts";
import { sessionCases } from "./sessions.ts";
import { watchCases } from "./watches.ts";

/** The storage contract, sentence by sentence. */
export const storeCases: readonly Case[] = [...entryCases, ...sessionCases, ...lineCases, ...watchCases, ...callCases];
