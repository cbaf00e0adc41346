import { lockCases, register, simulatedRig, storeCases } from "@coord/conformance";
import { describe, test } from "vitest";

describe("the memory store, in virtual time", () => {
  const rig = simulatedRig();
  register([...storeCases, ...lockCases], { test, rig: () => rig, drive: (_, body) => rig.drive(body) });
});
