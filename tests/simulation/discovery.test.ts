import { discoveryWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("instances that come and go under faults, and all views of them", { timeout: 300_000 }, () =>
  simulateSeeds(discoveryWorkload, 0, 150),
);
