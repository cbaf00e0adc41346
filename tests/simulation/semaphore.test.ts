import { semaphoreWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("permits of all weights under faults, and limits that change", { timeout: 300_000 }, () =>
  simulateSeeds(semaphoreWorkload, 0, 700),
);
