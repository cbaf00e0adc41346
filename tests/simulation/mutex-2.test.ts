import { mutexWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("a mutex passed along under faults, half 2 of the seeds", { timeout: 300_000 }, () =>
  simulateSeeds(mutexWorkload, 700, 700),
);
