// `npm test`: installs what is missing and runs every test. `--fast` leaves out what needs servers or packed packages.
// All else is passed on to vitest: `npm test -- tests/certify -t "a lost reply"`.
import { conclude, countedRun } from "./counted-run.mjs";
import { install } from "./pnpm.mjs";

const fast = process.argv.includes("--fast");
const rest = process.argv.slice(2).filter((argument) => argument !== "--fast");

/** Several files share a process here, which spares loading the packages for each; the whole run keeps them apart. */
const fastOptions = [
  "--no-isolate",
  ...["unit", "certify", "simulation", "structure"].map((name) => `--project=${name}`),
];
const fastSeeds = "20";

process.exitCode = install()
  ? await countedRun(
      fast ? [...fastOptions, ...rest] : rest,
      fast ? { COORD_SEEDS: fastSeeds, ...process.env } : process.env,
    )
  : conclude({ passed: 0, failed: 1, skipped: 0 });
