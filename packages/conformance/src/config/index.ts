import type { Case } from "../rig.ts";
import { folderCases } from "./folders.ts";
import { layerCases } from "./layers.ts";
import { lifetimeCases } from "./lifetime.ts";
import { rolloutCases } from "./rollouts.ts";
import { secretCases } from "./secrets.ts";
import { viewCases } from "./views.ts";
import { writingCases } from "./writing.ts";

/** What configuration promises, rule by rule, on any store. */
export const configCases: readonly Case[] = [
  ...layerCases,
  ...viewCases,
  ...lifetimeCases,
  ...writingCases,
  ...secretCases,
  ...folderCases,
  ...rolloutCases,
];
