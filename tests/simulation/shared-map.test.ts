import { mapWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("a map that all hold, under faults", { timeout: 300_000 }, () => simulateSeeds(mapWorkload, 0, 300));
