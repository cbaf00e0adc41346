import type { SharedMap } from "@coord/replica";

/** All that a map tells from now on, and what it showed when it did. */
export function following<T>(map: SharedMap<T>) {
  const told = { events: [] as string[], revisions: [] as bigint[], restored: 0, smallest: map.size };
  const note = (event: string) => {
    told.events.push(event);
    told.revisions.push(map.revision);
    told.smallest = Math.min(told.smallest, map.size);
  };
  map.on("change", ({ kind, key, now }) => note(`${kind} ${key} ${JSON.stringify(now?.value)}`));
  map.on("stale", (stale) => note(stale ? "stale" : "fresh"));
  map.on("restored", () => {
    told.restored += 1;
    note("restored");
  });
  return told;
}
