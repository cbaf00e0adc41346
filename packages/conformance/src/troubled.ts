import type { Coord } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { type Fault, type FaultyVerb, faulty } from "./faulty.ts";
import type { Bench } from "./rig.ts";

/** What a client gets over by itself. */
export const repairable: readonly Fault[] = ["lose-request", "lose-reply", "disconnect", { delayMs: 30 }];

export interface TroubledClient {
  readonly coord: Coord;
  /** The call that the fault hit, if there was one. */
  readonly hit: FaultyVerb[];
}

/** A client whose n-th call after connecting fails in this way. */
export async function troubledClient(bench: Bench, fault: Fault, nth: number): Promise<TroubledClient> {
  let counting = false;
  let count = 0;
  const hit: FaultyVerb[] = [];
  const decorate = (store: Store) =>
    faulty(store, bench.rig.runtime, (_, verb) => {
      if (!counting) return undefined;
      count += 1;
      if (count - 1 !== nth) return undefined;
      hit.push(verb);
      return fault;
    });
  const { coord } = await bench.coord({}, decorate);
  counting = true;
  return { coord, hit };
}
