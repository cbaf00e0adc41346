import type { ConnectOptions } from "@coord/core";
import { type MapChange, SharedMap, type SharedMapOptions } from "@coord/replica";
import type { Bench } from "../rig.ts";

/** A map on a client of its own, and all that it has told. */
export async function mapOf<T = string>(
  bench: Bench,
  options: SharedMapOptions<T> & { readonly connect?: ConnectOptions } = {},
) {
  const { connect, ...ofMap } = options;
  const { coord, network } = await bench.coord(connect);
  const map = await SharedMap.open<T>(coord, "m", ofMap);
  const told = { changes: [] as MapChange<T>[], stale: [] as boolean[], rejected: [] as string[] };
  map.on("change", (change) => told.changes.push(change));
  map.on("stale", (stale) => told.stale.push(stale));
  map.on("rejected", ({ key }) => told.rejected.push(key));
  return { coord, network, map, told };
}

export const shown = <T>(map: SharedMap<T>): Record<string, T> =>
  Object.fromEntries([...map.entries()].map(({ key, value }) => [key, value]));
