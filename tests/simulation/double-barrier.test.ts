import { doubleBarrierWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("parties that enter and leave together under faults", { timeout: 300_000 }, () =>
  simulateSeeds(doubleBarrierWorkload, 0, 600),
);
