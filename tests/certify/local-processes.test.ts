import { recipeCases, register, storeCases } from "@coord/conformance";
import { afterAll, beforeAll, describe, test } from "vitest";
import { Process, program } from "../local/process.ts";
import { inProcessesOf, LocalRig } from "../local/rig.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";

/** Each client of a case uses the store by another process; what one of them writes the others learn from the file. */
describe("the embedded store, each client by another process", () => {
  const count = 6;
  let folder: TemporaryFolder;
  let processes: readonly Process[];
  let rig: LocalRig;

  beforeAll(async () => {
    folder = await TemporaryFolder.create("coord-local");
    const file = await program("store-process");
    processes = Array.from({ length: count }, () => new Process(file, folder.path));
    for (const { child } of processes) child.setMaxListeners(0);
    await Promise.all(processes.map((each) => each.told()));
    rig = new LocalRig(folder.path, inProcessesOf(processes));
  });

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
    await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    await folder[Symbol.asyncDispose]();
  });

  register([...storeCases, ...recipeCases], {
    test: test.concurrent,
    rig: () => rig,
    timeoutMs: 60_000,
  });
});
