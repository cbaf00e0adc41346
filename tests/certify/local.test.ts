import { recipeCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { inThisProcess, LocalRig } from "../local/rig.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";

describe("the embedded store, all clients in one process", () => {
  let folder: TemporaryFolder;
  let rig: LocalRig;

  beforeAll(async () => {
    folder = await TemporaryFolder.create("coord-local");
    rig = new LocalRig(folder.path, inThisProcess);
  });
  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  register([...storeCases, ...recipeCases], {
    test: test.concurrent,
    rig: () => rig,
    timeoutMs: 60_000,
  });
});
