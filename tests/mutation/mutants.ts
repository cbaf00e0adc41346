import type { Mutant } from "./mutant.ts";
import { barrier } from "./mutants/barrier.ts";
import { config } from "./mutants/config.ts";
import { discovery } from "./mutants/discovery.ts";
import { election } from "./mutants/election.ts";
import { line } from "./mutants/line.ts";
import { lock } from "./mutants/lock.ts";
import { locks } from "./mutants/locks.ts";
import { mirrors } from "./mutants/mirrors.ts";
import { replica } from "./mutants/replica.ts";
import { reviewed } from "./mutants/reviewed.ts";
import { routes } from "./mutants/routes.ts";
import { session } from "./mutants/session.ts";
import { store } from "./mutants/store.ts";

export const mutants: readonly Mutant[] = [
  ...routes,
  ...replica,
  ...mirrors,
  ...store,
  ...session,
  ...line,
  ...lock,
  ...reviewed,
  ...locks,
  ...election,
  ...barrier,
  ...config,
  ...discovery,
];
