import { type Rig, recipeCases, register, simulatedRig, storeCases } from "@coord/conformance";
import { type Backend, namespace } from "@coord/core/spi";
import { describe, test } from "vitest";

/** In virtual time, on a network whose delays the seed decides: one case may hold on one of them and not on another. */
describe.each([1, 2, 3, 4, 5, 6, 7, 8])("the memory store, seed %i", (seed) => {
  register([...storeCases, ...recipeCases], {
    test,
    rig: () => simulatedRig(seed),
    drive: (rig, body) => rig.drive(body),
  });
});

/** A decorator is a store like any other. */
describe("the memory store below a namespace", () => {
  const below = (backend: Backend): Backend => ({
    ...backend,
    open: async (context) => namespace(await backend.open(context), "some/where"),
  });
  register(storeCases, {
    test,
    rig: () => {
      const rig = simulatedRig(1);
      const client: Rig["client"] = async () => {
        const { backend, network } = await rig.client();
        return { backend: below(backend), network };
      };
      return { ...rig, client };
    },
    drive: (rig, body) => rig.drive(body),
  });
});
