import { type Entry, type Key, toName } from "@coord/core/recipe";
import type { Format } from "./format.ts";
import { Instance } from "./instance.ts";

/** An entry that was decoded, and what became of it. */
interface Known {
  readonly value: Uint8Array;
  readonly instance: Instance | undefined;
}

/**
 * What the entries of a service say. Each is decoded once; what makes no sense is passed over, counted and told. An entry that was
 * written anew with the same words is the same instance still.
 */
export class Decoding {
  /** How many entries make no sense now. */
  rejected = 0;
  readonly #service: string;
  readonly #format: Format;
  readonly #onRejected: (key: Key, bytes: number) => void;
  #known = new Map<Key, Known>();

  constructor(service: string, format: Format, onRejected: (key: Key, bytes: number) => void) {
    this.#service = service;
    this.#format = format;
    this.#onRejected = onRejected;
  }

  /** By id. */
  instances(entries: readonly Entry[]): readonly Instance[] {
    const known = new Map(entries.map((entry) => [entry.key, this.#decoded(entry)]));
    this.#known = known;
    const found = [...known.values()].flatMap(({ instance }) => instance ?? []);
    this.rejected = known.size - found.length;
    return found.sort(byId);
  }

  #decoded({ key, value }: Entry): Known {
    const before = this.#known.get(key);
    if (before && Buffer.compare(before.value, value) === 0) return before;
    const instance = this.#instance(key, value);
    if (!instance) this.#onRejected(key, value.byteLength);
    return { value, instance };
  }

  #instance(key: Key, value: Uint8Array): Instance | undefined {
    try {
      const decoded = this.#format.decode(value);
      return decoded && new Instance(this.#service, toName(key.slice(key.lastIndexOf("/") + 1)), decoded.published);
    } catch {
      return undefined; // nested too deep, or worse
    }
  }
}

export const byId = (a: Instance, b: Instance): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
