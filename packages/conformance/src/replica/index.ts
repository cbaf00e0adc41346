import type { Case } from "../rig.ts";
import { readingCases } from "./reading.ts";
import { writingCases } from "./writing.ts";

/** What shared maps promise, rule by rule, on any store. */
export const replicaCases: readonly Case[] = [...readingCases, ...writingCases];
