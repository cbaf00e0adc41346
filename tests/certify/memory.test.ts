import { register, simulatedRig, storeCases } from "@coord/conformance";
import { describe, test } from "vitest";

describe("the memory store, in virtual time", () => {
  register(storeCases, { test, rig: () => rig, drive: (_, body) => rig.drive(body) });
  const rig = simulatedRig();
});
