import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@coord/local";
import { Mutex } from "@coord/lock";
import { lock } from "proper-lockfile";

/** Those that are compared: each takes a lock of the machine and gives the way to leave it. */
export const contestants = ["ours", "proper-lockfile"] as const;
export type Contestant = (typeof contestants)[number];

export interface Locks extends AsyncDisposable {
  enter(name: string): Promise<() => Promise<unknown>>;
}

/** How soon `proper-lockfile` asks again, the least that it takes: it has no other way to learn that a lock came free. */
const askAgainMs = 1;

export async function openLocks(who: Contestant, folder: string): Promise<Locks> {
  if (who === "ours") return ourLocks(await connect({ path: join(folder, "coord") }));
  const files = join(folder, "files");
  mkdirSync(files, { recursive: true });
  return {
    async enter(name) {
      const file = join(files, name);
      writeFileSync(file, "", { flag: "a" });
      return lock(file, {
        retries: { forever: true, factor: 1, minTimeout: askAgainMs, maxTimeout: askAgainMs },
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function ourLocks(coord: Awaited<ReturnType<typeof connect>>): Locks {
  const mutexes = new Map<string, Mutex>();
  return {
    async enter(name) {
      const mutex = mutexes.get(name) ?? new Mutex(coord, name);
      mutexes.set(name, mutex);
      const hold = await mutex.acquire();
      return () => hold.release();
    },
    [Symbol.asyncDispose]: () => coord.close(),
  };
}
