import type { Key } from "@coord/core/spi";
import type { Period } from "./connection.ts";
import { idIn } from "./contenders.ts";

/** A ticket that was used. */
interface Used {
  last: Promise<unknown>;
  /** How many attempts wait for the one before. */
  waiting: number;
  /** Where it stands, or has stood when that was last known. */
  key: Key | undefined;
  /** The connection that has shown nobody before it. */
  front: Period | undefined;
}

/**
 * The tickets that a session has stood in line with, as long as they may: a repeated one waits for the attempt before and
 * is told that it is one. It is forgotten when this client has removed its place, or knows that there is none.
 */
export class Tickets {
  readonly #used = new Map<string, Used>();

  get size(): number {
    return this.#used.size;
  }

  inTurn<T>(id: string, attempt: (used: boolean) => Promise<T>): Promise<T> {
    const used = this.#used.get(id);
    const current = used ? afterwards(used, () => attempt(true)) : attempt(false);
    if (used) used.last = current;
    else this.#used.set(id, { last: current, waiting: 0, key: undefined, front: undefined });
    return current;
  }

  stands(id: string, key: Key): void {
    const used = this.#used.get(id);
    if (used) Object.assign(used, { key, front: undefined });
  }

  /** Nobody stands before it; nor will anybody, since whoever comes stands behind. */
  standsFirst(id: string, period: Period): void {
    const used = this.#used.get(id);
    if (used) used.front = period;
  }

  /** Whether that was shown on this connection: on another one the history may be another one, too. */
  isFirst(key: Key, period: Period): boolean {
    const id = idIn(key);
    const used = id === undefined ? undefined : this.#used.get(id);
    return used?.key === key && used.front === period;
  }

  keyOf(id: string): Key | undefined {
    return this.#used.get(id)?.key;
  }

  /** It stands nowhere. While another attempt waits for its turn, it is still to be known that there was one. */
  forget(id: string): void {
    const used = this.#used.get(id);
    if (!used) return;
    used.key = undefined;
    if (used.waiting === 0) this.#used.delete(id);
  }

  removed(key: Key): void {
    const id = idIn(key);
    if (id !== undefined && this.keyOf(id) === key) this.forget(id);
  }
}

function afterwards<T>(used: Used, attempt: () => Promise<T>): Promise<T> {
  used.waiting += 1;
  const next = () => {
    used.waiting -= 1;
    return attempt();
  };
  return used.last.then(next, next);
}
