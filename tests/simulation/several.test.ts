import { severalWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("several locks at once, in any order, under faults", { timeout: 300_000 }, () =>
  simulateSeeds(severalWorkload, 0, 500),
);
