import { type Coord, toKey } from "@coord/core";
import { contextOf, type EnterOptions, enter, Hold } from "@coord/core/recipe";

/** The plainest lock: who stands first has it. */
export const lock = (coord: Coord, name: string, options: EnterOptions = {}): Promise<Hold> =>
  enter(
    contextOf(coord),
    {
      name,
      line: toKey(name),
      kind: "lock",
      belongs: (other) => other === "lock",
      blockers: (ahead) => ahead.slice(-1),
      value: () => new TextEncoder().encode(coord.owner),
      timeout: () => new Error(`${name} did not come free`),
      lossError: (reason) => new Error(`${name} is lost: ${reason}`),
      span: "lock.hold",
      hold: (grant) => new Hold(grant),
    },
    options,
  );
