import { blockedWorker } from "./blocked-worker.ts";
import { cleanShutdown } from "./clean-shutdown.ts";
import { cronJob } from "./cron-job.ts";
import { givingUp } from "./giving-up.ts";
import { killedHolder } from "./killed-holder.ts";
import { leader } from "./leader.ts";
import { liveConfig } from "./live-config.ts";
import { passedAlong } from "./passed-along.ts";
import { phasesTogether } from "./phases.ts";
import { services } from "./services.ts";
import { stoppedHolder } from "./stopped-holder.ts";

export const steps = [
  passedAlong,
  killedHolder,
  stoppedHolder,
  blockedWorker,
  cronJob,
  givingUp,
  leader,
  services,
  liveConfig,
  phasesTogether,
  cleanShutdown,
];
