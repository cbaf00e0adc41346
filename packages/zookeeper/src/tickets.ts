import type { Key } from "@coord/core/spi";

/**
 * The tickets that a session has stood in line with, as long as they may: a repeated one waits for the attempt before and
 * is told that it is one. It is forgotten when this client has removed its place.
 */
export class Tickets {
  readonly #attempts = new Map<string, Promise<unknown>>();
  readonly #byKey = new Map<Key, string>();

  inTurn<T>(id: string, attempt: (used: boolean) => Promise<T>): Promise<T> {
    const before = this.#attempts.get(id);
    const again = () => attempt(true);
    const current = before === undefined ? attempt(false) : before.then(again, again);
    this.#attempts.set(id, current);
    return current;
  }

  stands(id: string, key: Key): void {
    this.#byKey.set(key, id);
  }

  removed(key: Key): void {
    const id = this.#byKey.get(key);
    if (id === undefined) return;
    this.#byKey.delete(key);
    this.#attempts.delete(id);
  }
}
