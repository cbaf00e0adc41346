import { registerWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("entries written, compared and watched under faults", { timeout: 300_000 }, () =>
  simulateSeeds(registerWorkload, 0, 700),
);
