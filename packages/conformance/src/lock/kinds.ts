import type { Coord } from "@coord/core";
import { type Lock, Mutex, ReadWriteLock, Semaphore } from "@coord/lock";

/** Every kind of lock, made so that one holder keeps another one of the same kind, or of `rival`, out. */
export interface LockKind {
  readonly what: string;
  readonly make: (coord: Coord) => Lock;
  readonly rival: (coord: Coord) => Lock;
}

export const lockKinds: readonly LockKind[] = [
  { what: "mutex", make: (coord) => new Mutex(coord, "m"), rival: (coord) => new Mutex(coord, "m") },
  {
    what: "read lock",
    make: (coord) => new ReadWriteLock(coord, "m").read,
    rival: (coord) => new ReadWriteLock(coord, "m").write,
  },
  {
    what: "write lock",
    make: (coord) => new ReadWriteLock(coord, "m").write,
    rival: (coord) => new ReadWriteLock(coord, "m").read,
  },
  {
    what: "semaphore",
    make: (coord) => new Semaphore(coord, "m", { permits: 1 }),
    rival: (coord) => new Semaphore(coord, "m", { permits: 1 }),
  },
];

/** Those who stand in the line or hold it: what is kept there for good, like a limit, is not counted. */
export async function contenders(watcher: Coord, name = "m"): Promise<number> {
  const { entries } = await watcher.store.list(name);
  return entries.filter(({ session }) => session !== undefined).length;
}
