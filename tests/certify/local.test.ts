import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { barrierCases, discoveryCases, electionCases, lockCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { inThisProcess, LocalRig } from "../local/rig.ts";

describe("the embedded store, all clients in one process", () => {
  let folder: string;
  let rig: LocalRig;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "coord-local-"));
    rig = new LocalRig(folder, inThisProcess);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  register([...storeCases, ...lockCases, ...electionCases, ...barrierCases, ...discoveryCases], {
    test: test.concurrent,
    rig: () => rig,
    timeoutMs: 60_000,
  });
});
