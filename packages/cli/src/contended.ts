import type { Coord, Entry } from "@coord/core";

/** What a name can be used as, and how the keys of those who stand there show it, whatever else a store puts before and behind that. */
const uses = {
  semaphore: /(?:^|-)permit_[a-j]+(?=[-\d])/,
  "read-write lock": /(?:^|-)__(?:READ|WRIT)__(?=[-\d])/,
  election: /(?:^|-)latch(?=[-\d])/,
  lock: /(?:^|-)lock(?=[-\d])/,
};

export type Use = keyof typeof uses;

/** What somebody holds, or waits for, here; `undefined` if nobody does. */
export function useIn(entries: readonly Entry[]): Use | undefined {
  const places = entries
    .filter(({ session }) => session !== undefined)
    .map(({ key }) => key.slice(key.lastIndexOf("/") + 1));
  return (Object.keys(uses) as Use[]).find((use) => places.some((place) => uses[use].test(place)));
}

/** All names that are in use as one of these now. */
export async function namesInUse({ store }: Coord, ...wanted: readonly Use[]): Promise<readonly string[]> {
  const { toName } = await import("@coord/core");
  const { eachOf, walk } = await import("@coord/core/recipe");
  const directories = await walk("", (under) => store.directories(under));
  const found = await eachOf(directories, async (key) => useIn((await store.list(key)).entries));
  return directories
    .filter((_, index) => wanted.some((use) => use === found[index]))
    .map(toName)
    .sort();
}
