import { CyclicBarrier, DoubleBarrier } from "@coord/barrier";
import type { Coord } from "@coord/core";
import type { Bench, RigNetwork } from "../rig.ts";

export interface Party {
  readonly coord: Coord;
  readonly network: RigNetwork;
}

export async function parties(bench: Bench, count: number): Promise<readonly Party[]> {
  return Promise.all(Array.from({ length: count }, () => bench.coord()));
}

export type OnLoss = "break" | "wait";

export const cyclic = ({ coord }: Party, parties: number, onLoss: OnLoss = "break") =>
  new CyclicBarrier(coord, "b", { parties, onLoss });

export const double = ({ coord }: Party, parties: number, onLoss: OnLoss = "break") =>
  new DoubleBarrier(coord, "b", { parties, onLoss });

/** How many stand at the barrier or are inside. */
export async function present({ coord }: Party): Promise<number> {
  const { entries } = await coord.store.list("b");
  return entries.filter(({ session }) => session !== undefined).length;
}

export const presentAre = (bench: Bench, party: Party, count: number, withinMs?: number) =>
  bench.eventually(`${count} to be there`, async () => (await present(party)) === count, withinMs);

export const expire = (bench: Bench, { coord }: Party) => bench.rig.expire(coord.status().session?.id ?? "");

export const settled = <T>(promise: Promise<T>): Promise<T | Error> => promise.catch((error: Error) => error);
