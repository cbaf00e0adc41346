import { type Coord, type Hold, toKey } from "@coord/core";
import { contextOf, type EnterOptions, enter } from "@coord/core/recipe";

/** The plainest lock: who stands first has it. */
export const lock = (coord: Coord, name: string, options: EnterOptions = {}): Promise<Hold> =>
  enter(
    contextOf(coord),
    {
      name,
      line: toKey(name),
      kind: "lock",
      kinds: ["lock"],
      blockers: (ahead) => ahead.slice(-1),
      value: () => new TextEncoder().encode(coord.owner),
      timeout: () => new Error(`${name} did not come free`),
      lossError: (reason) => new Error(`${name} is lost: ${reason}`),
    },
    options,
  );
