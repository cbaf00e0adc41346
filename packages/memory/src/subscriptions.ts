import { type Key, parentOf, type Scope } from "@coord/core/spi";
import type { Change } from "./tables.ts";

export interface Subscriber {
  /** Called after commits that touched what it asked for, with the latest of them. */
  readonly changed: (revision: bigint) => void;
}

/** Who wants to hear of which keys. A commit looks up its own keys only, however many others are watched. */
export class Subscriptions {
  readonly #byKey = new Map<Key, Set<Subscriber>>();
  readonly #byParent = new Map<Key, Set<Subscriber>>();

  /** How many are subscribed: for tests that nothing leaks. */
  get size(): number {
    return [...this.#byKey.values(), ...this.#byParent.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The result ends the subscription. */
  add(scope: Scope, subscriber: Subscriber): () => void {
    return "key" in scope
      ? subscribe(this.#byKey, scope.key, subscriber)
      : subscribe(this.#byParent, scope.under, subscriber);
  }

  notify(changes: readonly Change[]): void {
    if (this.#byKey.size + this.#byParent.size === 0) return;
    const concerned = new Map<Subscriber, bigint>();
    for (const { revision, keys } of changes) {
      for (const key of keys) {
        for (const subscriber of this.#byKey.get(key) ?? []) concerned.set(subscriber, revision);
        for (const subscriber of this.#byParent.get(parentOf(key)) ?? []) concerned.set(subscriber, revision);
      }
    }
    for (const [subscriber, revision] of concerned) subscriber.changed(revision);
  }

  /** When it can't be told what has changed. */
  notifyAll(revision: bigint): void {
    const everybody = [...this.#byKey.values(), ...this.#byParent.values()].flatMap((subscribers) => [...subscribers]);
    for (const subscriber of new Set(everybody)) subscriber.changed(revision);
  }
}

function subscribe(index: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): () => void {
  const subscribers = index.get(key) ?? new Set();
  index.set(key, subscribers.add(subscriber));
  return () => {
    if (subscribers.delete(subscriber) && subscribers.size === 0) index.delete(key);
  };
}
