import { cyclicBarrierWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("parties that come together again and again under faults", { timeout: 300_000 }, () =>
  simulateSeeds(cyclicBarrierWorkload, 0, 600),
);
