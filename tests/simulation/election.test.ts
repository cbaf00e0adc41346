import { electionWorkload } from "@coord/conformance";
import { test } from "vitest";
import { simulateSeeds } from "./workloads.ts";

test("leaders one after the other under faults", { timeout: 300_000 }, () => simulateSeeds(electionWorkload, 0, 700));
