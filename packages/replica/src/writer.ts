import { type Commit, ConflictError, CoordError, type Entry, type Version, type Write } from "@coord/core";
import { type Bytes, pause, type RecipeContext, retry, type Wait } from "@coord/core/recipe";
import { sharedEntry } from "./contents.ts";
import type { Values } from "./values.ts";

/** What a write is made on: this very entry, `null` for none, `undefined` for whatever is there. */
export type Expected = Entry | null | undefined;

export interface Written {
  readonly entry: Entry;
  readonly revision: bigint;
}

const attempts = 16;
const longestPauseMs = 200;

/**
 * Writes the entries of a map. What has certainly not happened is tried again; what may have is told as an
 * `UnknownOutcomeError` and not repeated, for somebody else may have written since.
 */
export class Writer<T> {
  readonly #context: RecipeContext;
  readonly #values: Values<T>;

  constructor(context: RecipeContext, values: Values<T>) {
    this.#context = context;
    this.#values = values;
  }

  async write(key: string, value: Bytes, expected: Expected, wait: Wait): Promise<Written> {
    if (expected === undefined) return this.#written({ put: key, value }, wait);
    return this.#written(expected === null ? { create: key, value } : { update: expected, value }, wait);
  }

  /** Made on the session of this client, or changed where it is on that already. */
  async own(key: string, value: Bytes, expected: Expected, wait: Wait): Promise<Written> {
    const session = await this.#context.ready(wait);
    const isOurs = (entry: Entry) => entry.session === session.id;
    if (expected && !isOurs(expected)) throw taken(expected);
    if (expected) return this.write(key, value, expected, wait);
    try {
      return await this.#written({ create: key, value, session: session.stored }, wait);
    } catch (error) {
      const found = CoordError.is(error, "CONFLICT") ? await this.#get(key, wait) : undefined;
      if (expected === null || !found) throw error;
      if (!isOurs(found)) throw taken(found);
      return this.write(key, value, found, wait);
    }
  }

  /** Compare-and-set again and again, at first on what is known here. */
  async revise(
    name: string,
    key: string,
    known: Entry | undefined,
    change: (now: T | undefined) => T | undefined,
    wait: Wait,
  ): Promise<Written | undefined> {
    let entry = known;
    for (let attempt = 1; ; attempt += 1) {
      const next = change(entry && (await sharedEntry(name, entry, this.#values)).value);
      if (next === undefined) return undefined;
      const value = await this.#values.encoded(next, JSON.stringify(name));
      try {
        return await this.write(key, value, entry ?? null, wait);
      } catch (error) {
        if (!CoordError.is(error, "CONFLICT") || attempt === attempts) throw error;
      }
      const { runtime } = this.#context;
      await wait.race(pause(runtime, Math.min(longestPauseMs, 2 ** attempt) * runtime.random(), wait.signal));
      entry = await this.#get(key, wait);
    }
  }

  /** The revision of the removal; `undefined` where there was nothing. */
  async remove(key: string, expected: Expected, wait: Wait): Promise<bigint | undefined> {
    try {
      const commit = expected
        ? { writes: [{ remove: expected }] }
        : { guards: [{ exists: key }], writes: [{ remove: key }] };
      return (await this.#commit(commit, wait)).revision;
    } catch (error) {
      if (expected === undefined && CoordError.is(error, "CONFLICT")) return undefined;
      throw error;
    }
  }

  /** The entry in the version that somebody names who has not seen it here. */
  async named(key: string, version: Version, wait: Wait): Promise<Entry> {
    const entry = await this.#get(key, wait);
    if (entry?.version === version) return entry;
    const actual = entry ? `it is there in version ${entry.version}` : "it is absent";
    throw new ConflictError(key, `in version ${version}`, actual);
  }

  async #written(write: Write, wait: Wait): Promise<Written> {
    const { entries, revision } = await this.#commit({ writes: [write] }, wait);
    const [entry] = entries;
    if (!entry) throw new Error("a write leaves an entry behind");
    return { entry, revision };
  }

  #get(key: string, wait: Wait): Promise<Entry | undefined> {
    return this.#repeated(() => this.#context.store.get(key, { signal: wait.signal }), wait);
  }

  #commit(commit: Commit, wait: Wait) {
    return this.#repeated(() => this.#context.store.commit(commit, { signal: wait.signal }), wait);
  }

  #repeated<R>(attempt: () => Promise<R>, wait: Wait): Promise<R> {
    return wait.race(retry(this.#context.runtime, attempt, { signal: wait.signal }));
  }
}

const taken = ({ key, session, version }: Entry): ConflictError =>
  new ConflictError(
    key,
    "to be absent, or owned by this client",
    session === undefined
      ? `it is there for good, in version ${version}`
      : `it is owned by another session, in version ${version}`,
  );
