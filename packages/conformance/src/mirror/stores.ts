import type { Coord } from "@coord/core";
import { MemoryServer, memory } from "@coord/memory";
import { compare, type MirrorOptions, type MirrorStatus, mirror } from "@coord/mirror";
import { type Bench, bytes } from "../rig.ts";

/** A client of the rig's store and one of another store, in either direction. */
export async function twoStores(bench: Bench) {
  const rig = await bench.coord();
  const memoryServer = new MemoryServer(bench.rig.runtime);
  const other = await bench.connected(memory({ server: memoryServer }));
  return { rig, other, memoryServer };
}

export const put = (coord: Coord, key: string, value: string) =>
  coord.store.commit({ writes: [{ put: key, value: bytes(value) }] });

export const remove = (coord: Coord, key: string) => coord.store.commit({ writes: [{ remove: key }] });

export const directories = ["d"];

/** A mirror that runs until it is stopped, and the last that it told. */
export function running(source: Coord, target: Coord, options: Partial<MirrorOptions> = {}) {
  const over = new AbortController();
  const told: MirrorStatus[] = [];
  const ended = mirror(source, target, {
    directories,
    signal: over.signal,
    onStatus: (status) => told.push(status),
    ...options,
  });
  ended.catch(() => {}); // whoever stops it is told
  return {
    told,
    ended,
    stop: () => {
      over.abort("stop");
      return ended;
    },
  };
}

export const alike = (bench: Bench, source: Coord, target: Coord, withinMs = 15_000) =>
  bench.eventually(
    "the target to be like the source",
    async () => {
      const { same, extra } = await compare(source, target, { directories });
      return same && extra.length === 0;
    },
    withinMs,
  );
