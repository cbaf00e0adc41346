import type { Case } from "../rig.ts";
import { copyingCases } from "./copying.ts";
import { mirroringCases } from "./mirroring.ts";
import { treeCases } from "./trees.ts";

/** What copies and mirrors promise, between this store and another one, in both directions. */
export const mirrorCases: readonly Case[] = [...copyingCases, ...mirroringCases, ...treeCases];
