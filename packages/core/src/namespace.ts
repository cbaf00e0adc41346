import { ConflictError } from "./errors.ts";
import { joinKey, type Key } from "./key.ts";
import { mapped } from "./latest.ts";
import type { Commit, Entry, Guard, Place, Rival, Scope, Snapshot, Store, Write } from "./store.ts";

/** The same store, seen from below `prefix`: nothing outside can be read or written, and no key shows the prefix. */
export function namespace(store: Store, prefix: Key): Store {
  if (prefix === "") return store;
  const cut = prefix.length + 1;

  const inside = (key: Key): Key => joinKey(prefix, key);
  const outside = (key: Key): Key => key.slice(cut);

  const entryIn = (entry: Entry): Entry => ({ ...entry, key: inside(entry.key) });
  const entryOut = (entry: Entry): Entry => ({ ...entry, key: outside(entry.key) });
  const entriesOut = <T extends { readonly entries: readonly Entry[] }>(seen: T): T => ({
    ...seen,
    entries: seen.entries.map(entryOut),
  });
  /** Those who watch the same often see the very same snapshot: it is made once for all of them. */
  const made = new WeakMap<Snapshot, Snapshot>();
  const snapshotOut = (seen: Snapshot): Snapshot => {
    const snapshot = made.get(seen) ?? entriesOut(seen);
    made.set(seen, snapshot);
    return snapshot;
  };

  const rivalOut = (rival: Rival): Rival => ({ ...rival, key: outside(rival.key) });
  const rivalIn = (rival: Rival): Rival => ({ ...rival, key: inside(rival.key) });
  const placeOut = (place: Place): Place => ({
    ...place,
    line: outside(place.line),
    mine: entryOut(place.mine),
    ahead: place.ahead.map(rivalOut),
  });
  const placeIn = (place: Place): Place => ({
    ...place,
    line: inside(place.line),
    mine: entryIn(place.mine),
    ahead: place.ahead.map(rivalIn),
  });

  const guardIn = (guard: Guard): Guard => {
    if ("exists" in guard) return { exists: inside(guard.exists) };
    if ("absent" in guard) return { absent: inside(guard.absent) };
    return { unchanged: entryIn(guard.unchanged) };
  };
  const writeIn = (write: Write): Write => {
    if ("create" in write) return { ...write, create: inside(write.create) };
    if ("put" in write) return { ...write, put: inside(write.put) };
    if ("update" in write) return { ...write, update: entryIn(write.update) };
    return { remove: typeof write.remove === "string" ? inside(write.remove) : entryIn(write.remove) };
  };
  const commitIn = ({ guards = [], writes }: Commit): Commit => ({
    guards: guards.map(guardIn),
    writes: writes.map(writeIn),
  });
  const scopeIn = (scope: Scope): Scope =>
    "key" in scope ? { key: inside(scope.key) } : { under: inside(scope.under) };

  return {
    traits: store.traits,
    openSession: (options) => store.openSession(options),
    get: async (key, options) => {
      const entry = await store.get(inside(key), options);
      return entry && entryOut(entry);
    },
    list: async (under, options) => entriesOut(await store.list(inside(under), options)),
    directories: async (under, options) => (await store.directories(inside(under), options)).map(outside),
    commit: async (commit, options) => {
      const { revision, entries } = await store.commit(commitIn(commit), options).catch((error) => {
        throw error instanceof ConflictError
          ? new ConflictError(outside(error.key), error.expected, error.actual)
          : error;
      });
      return { revision, entries: entries.map((entry) => entry && entryOut(entry)) };
    },
    contend: async (line, ticket, options) => placeOut(await store.contend(inside(line), ticket, options)),
    follow: (place, blockers, options) =>
      mapped(
        store.follow(placeIn(place), (ahead) => blockers(ahead.map(rivalOut)).map(rivalIn), options),
        (standing) => ({ ...standing, ahead: standing.ahead.map(rivalOut) }),
      ),
    watch: (scope, options) => mapped(store.watch(scopeIn(scope), options), snapshotOut),
    close: () => store.close(),
  };
}
