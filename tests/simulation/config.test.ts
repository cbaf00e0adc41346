import { configWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("documents changed, rolled out and looked at under faults", { timeout: 300_000 }, () =>
  simulateSeeds(configWorkload, 0, 40),
);
