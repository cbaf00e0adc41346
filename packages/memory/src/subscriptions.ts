import { type Key, parentOf, type Scope } from "@coord/core/spi";

export interface Subscriber {
  /** Called once after each commit that touched what it asked for. */
  readonly changed: () => void;
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

  notify(keys: readonly Key[]): void {
    const concerned = new Set<Subscriber>();
    for (const key of keys) {
      for (const subscriber of this.#byKey.get(key) ?? []) concerned.add(subscriber);
      for (const subscriber of this.#byParent.get(parentOf(key)) ?? []) concerned.add(subscriber);
    }
    for (const subscriber of concerned) subscriber.changed();
  }

  /** When it can't be told what has changed. */
  notifyAll(): void {
    const everybody = [...this.#byKey.values(), ...this.#byParent.values()].flatMap((subscribers) => [...subscribers]);
    for (const subscriber of new Set(everybody)) subscriber.changed();
  }
}

function subscribe(index: Map<Key, Set<Subscriber>>, key: Key, subscriber: Subscriber): () => void {
  const subscribers = index.get(key) ?? new Set();
  index.set(key, subscribers.add(subscriber));
  return () => {
    if (subscribers.delete(subscriber) && subscribers.size === 0) index.delete(key);
  };
}
