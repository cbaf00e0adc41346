import { lockCases, register, simulatedRig, storeCases } from "@coord/conformance";
import { describe, test } from "vitest";

/** In virtual time, on a network whose delays the seed decides: one case may hold on one of them and not on another. */
describe.each([1, 2, 3, 4, 5, 6, 7, 8])("the memory store, seed %i", (seed) => {
  register([...storeCases, ...lockCases], {
    test,
    rig: () => simulatedRig(seed),
    drive: (rig, body) => rig.drive(body),
  });
});
