import type { Coord } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { type FaultyVerb, faulty } from "./faulty.ts";
import type { Bench } from "./rig.ts";

/** A client of which is counted what it asks of the store, and how often it is woken in a line. */
export interface CountedClient {
  readonly coord: Coord;
  readonly requests: FaultyVerb[];
  wakes: number;
}

export async function countedClient(bench: Bench): Promise<CountedClient> {
  const requests: FaultyVerb[] = [];
  const counted = { wakes: 0 };
  const counting = (store: Store): Store => ({
    ...faulty(store, bench.rig.runtime, (_, verb) => {
      requests.push(verb);
      return undefined;
    }),
    async *follow(place, blockers, options) {
      for await (const standing of store.follow(place, blockers, options)) {
        counted.wakes += 1;
        yield standing;
      }
    },
  });
  const { coord } = await bench.coord({}, counting);
  requests.length = 0;
  return Object.assign(counted, { coord, requests });
}
