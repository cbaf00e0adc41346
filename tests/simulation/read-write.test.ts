import { readWriteWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("readers and writers under faults", { timeout: 300_000 }, () => simulateSeeds(readWriteWorkload, 0, 700));
