import { type ConnectOptions, toKey } from "@coord/core";
import { Election, type ElectionOptions } from "@coord/election";
import type { Bench } from "../rig.ts";

export interface Published {
  readonly url: string;
}

/** A candidate on a client of its own. */
export async function candidate(bench: Bench, id: string, options: ElectionOptions<Published> & ConnectOptions = {}) {
  const { data, ...connect } = options;
  const { coord, network } = await bench.coord({ owner: id, ...connect });
  return { coord, network, election: new Election<Published>(coord, "e", { id, data }) };
}

export const standing = (bench: Bench, election: Election<Published>, count: number) =>
  bench.eventually(`${count} candidates`, async () => (await election.candidates()).length === count);

export const entriesOf = async (coord: Awaited<ReturnType<typeof candidate>>["coord"]) =>
  (await coord.store.list(toKey("e"))).entries;
