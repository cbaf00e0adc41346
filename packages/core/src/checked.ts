import { UsageError, ValueTooLargeError } from "./errors.ts";
import { assertKey, type Key } from "./key.ts";
import { rejecting } from "./rejecting.ts";
import type { Bytes, Commit, Guard, Store, Ticket, Traits, Write } from "./store.ts";

/** The same store, with every argument checked before anything is sent: keys, sizes and counts, by the store's traits. */
export function checked(store: Store): Store {
  const { traits } = store;
  return {
    traits,
    openSession: (options) => store.openSession(options),
    follow: (place, blockers, options) => store.follow(place, blockers, options),
    close: () => store.close(),
    get: (key, options) =>
      rejecting(() => {
        assertKey(key);
        return store.get(key, options);
      }),
    list: (under, options) =>
      rejecting(() => {
        assertUnder(under);
        return store.list(under, options);
      }),
    directories: (under, options) =>
      rejecting(() => {
        assertUnder(under);
        return store.directories(under, options);
      }),
    commit: (commit, options) =>
      rejecting(() => {
        assertCommit(commit, traits);
        return store.commit(commit, options);
      }),
    contend: (line, ticket, options) =>
      rejecting(() => {
        assertTicket(line, ticket, traits);
        return store.contend(line, ticket, options);
      }),
    watch: (scope, options) => {
      if ("key" in scope) assertKey(scope.key);
      else assertUnder(scope.under);
      return store.watch(scope, options);
    },
  };
}

function assertUnder(under: Key): void {
  if (under !== "") assertKey(under);
}

function assertTicket(line: Key, { value }: Ticket, traits: Traits): void {
  assertKey(line);
  assertValue(line, value, traits);
}

function assertCommit({ guards = [], writes }: Commit, traits: Traits): void {
  const count = guards.length + writes.length;
  if (count > traits.maxWrites) {
    throw new UsageError(
      `A commit on ${traits.name} takes ${traits.maxWrites} guards and writes at most, got ${count}: split it, or guard less.`,
      { operation: "store.commit" },
    );
  }
  for (const guard of guards) assertKey(guardedKey(guard));
  const written = writes.length > 1 ? new Set<Key>() : undefined;
  for (const write of writes) {
    const key = keyWritten(write);
    assertKey(key);
    if (written?.has(key)) {
      throw new UsageError(`A commit writes each key once, and ${JSON.stringify(key)} stands in it twice.`, {
        operation: "store.commit",
        key,
      });
    }
    written?.add(key);
    if ("value" in write) assertValue(key, write.value, traits);
  }
}

function assertValue(key: Key, value: Bytes, { name, maxValueBytes }: Traits): void {
  if (!(value instanceof Uint8Array))
    throw new UsageError(`The value of ${JSON.stringify(key)} must be a Uint8Array; encode it first.`, { key });
  if (value.byteLength <= maxValueBytes) return;
  throw new ValueTooLargeError(
    `The value of ${JSON.stringify(key)} has ${value.byteLength} bytes; ${name} takes ${maxValueBytes} at most. Store a reference to it instead.`,
    { key },
  );
}

export function guardedKey(guard: Guard): Key {
  if ("exists" in guard) return guard.exists;
  return "absent" in guard ? guard.absent : guard.unchanged.key;
}

export function keyWritten(write: Write): Key {
  if ("create" in write) return write.create;
  if ("put" in write) return write.put;
  if ("update" in write) return write.update.key;
  return typeof write.remove === "string" ? write.remove : write.remove.key;
}
