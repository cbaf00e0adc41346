import { guardedKey, keyWritten } from "./checked.ts";
import { UsageError } from "./errors.ts";
import { type Key, parentOf } from "./key.ts";
import type { Mount } from "./mount.ts";
import type { Commit, Scope, Store, Traits } from "./store.ts";

/** The mount that a key lies on: the one with the longest name that the key begins with. */
export function mountOf(mounts: readonly Mount[], key: Key): Mount {
  const found = mounts.filter(({ at }) => covers(at, key)).sort((a, b) => b.at.length - a.at.length)[0];
  if (found) return found;
  const known = mounts.map(({ at }) => JSON.stringify(at)).join(", ");
  throw new UsageError(
    `No store is routed for ${JSON.stringify(key)}: the routes are ${known}. Add one for its first segment, or "" for all others.`,
    { key },
  );
}

/**
 * Several stores as one: each key is on the one that it is routed to, and every verb goes there unchanged. What would
 * need two of them in one step is refused, for no step is common to two stores (rule 48 of the semantics).
 */
export function routed(mounts: readonly Mount[]): Store {
  const at = (key: Key): Store => mountOf(mounts, key).store;

  const ofCommit = ({ guards = [], writes }: Commit): Store => {
    const keys = [...guards.map(guardedKey), ...writes.map(keyWritten)];
    const [first = ""] = keys;
    const mount = keys.length === 0 ? mounts[0] : mountOf(mounts, first);
    const other = keys.find((key) => mountOf(mounts, key) !== mount);
    if (mount && other === undefined) return mount.store;
    throw new UsageError(
      `A commit is one atomic step of one store, but ${JSON.stringify(first)} lies on ${mount?.title} and ${JSON.stringify(other)} on ${mountOf(mounts, other ?? "").title}. Nothing was written: commit to each of them by itself.`,
      { operation: "store.commit", key: other },
    );
  };

  /** @param concerns whether it matters that another store has this name */
  const below = (under: Key, concerns: (name: Key) => boolean): Store => {
    const apart = mounts.find((mount) => mount.at !== "" && mount.at !== under && concerns(mount.at));
    const owner = mounts.find((mount) => covers(mount.at, under)) && mountOf(mounts, under);
    if (owner && !apart) return owner.store;
    if (!owner || !apart) return at(under);
    throw new UsageError(
      `The children of ${JSON.stringify(under)} lie on two stores: ${JSON.stringify(apart.at)} on ${apart.title}, others on ${owner.title}. Look at each of them by itself.`,
      { key: under },
    );
  };
  const children = (under: Key): Store => below(under, (name) => parentOf(name) === under);
  const whole = (under: Key): Store => below(under, (name) => covers(under, name));

  const ofScope = (scope: Scope): Store => ("key" in scope ? at(scope.key) : children(scope.under));

  return {
    traits: common(mounts.map(({ store }) => store.traits)),
    openSession: async () => {
      throw new UsageError(
        "A client of several stores has a session on each: a recipe gets that of its name by contextOf(coord, key).",
        { operation: "store.openSession" },
      );
    },
    get: async (key, options) => at(key).get(key, options),
    list: async (under, options) => children(under).list(under, options),
    directories: async (under, options) => whole(under).directories(under, options),
    commit: async (commit, options) => ofCommit(commit).commit(commit, options),
    contend: async (line, ticket, options) => at(line).contend(line, ticket, options),
    follow: (place, blockers, options) => at(place.line).follow(place, blockers, options),
    watch: (scope, options) => ofScope(scope).watch(scope, options),
    close: async () => void (await Promise.all(mounts.map((mount) => mount.disconnect()))),
  };
}

const covers = (at: Key, key: Key): boolean => at === "" || key === at || key.startsWith(`${at}/`);

/** What holds on each of them. */
function common(all: readonly Traits[]): Traits {
  const least = (limit: (traits: Traits) => number) => Math.min(...all.map(limit));
  return {
    name: [...new Set(all.map(({ name }) => name))].join(" and "),
    minTtlMs: Math.max(...all.map(({ minTtlMs }) => minTtlMs)),
    maxTtlMs: least(({ maxTtlMs }) => maxTtlMs),
    maxValueBytes: least(({ maxValueBytes }) => maxValueBytes),
    maxWrites: least(({ maxWrites }) => maxWrites),
  };
}
