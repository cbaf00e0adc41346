import { ConflictError, CoordError, type Entry, TimeoutError, type WaitOptions } from "@coord/core";
import {
  attended,
  encodeJson,
  isTransient,
  type RecipeContext,
  retry,
  type Wait,
  type Write,
} from "@coord/core/recipe";
import { assertNotChanging, changing } from "./changing.ts";
import {
  type Decoded,
  type Document,
  decodeDocument,
  decodeRevision,
  encodeDocument,
  lastVersion,
  type Revision,
} from "./document.ts";
import { type DocumentKeys, historyKey } from "./place.ts";
import { Turn } from "./turn.ts";

/** What a writer finds: the document as it is, and which version the next one is. */
export interface Base {
  /** `undefined`: there is none, or none that can be read. */
  readonly document: Document | undefined;
  /** Unique to the whole call: what is written has to carry it. */
  readonly id: string;
  readonly next: number;
  /** Aborts when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** What one document is to become; `undefined` leaves it as it is. What it throws ends the whole call. */
export interface Change {
  readonly keys: DocumentKeys;
  readonly change: (base: Base) => Promise<Document | undefined> | Document | undefined;
}

/** So often others may be faster; then somebody writes all the time, and the caller had better know. */
const maxConflicts = 12;

interface Found extends Base {
  readonly keys: DocumentKeys;
  readonly entry: Entry | undefined;
}

/**
 * Changes documents by compare-and-set, several of them in one step: reads them, asks what they should be, writes that together with the history
 * if nobody was faster, and else begins anew, after a pause that grows. A call whose answer was lost finds by its `id` whether it was done.
 *
 * @throws ConflictError when others were faster twelve times; UnknownOutcomeError when so much was written meanwhile that it can't be known any
 * more; DeadlockError inside a `change` of the first document; what `change` throws
 */
export function revised(
  context: RecipeContext,
  changes: readonly Change[],
  keep: number,
  options: WaitOptions = {},
): Promise<readonly Document[]> {
  const [first] = changes;
  if (!first) return Promise.resolve([]);
  const { keys } = first;
  const { name } = keys;
  const timeout = () =>
    new TimeoutError(
      `The document ${JSON.stringify(name)} was not written within ${options.waitMs} ms. Read it before you repeat this.`,
      {
        operation: "config.update",
        key: name,
        cause: context.trouble(),
      },
    );
  return attended(context, { ...options, timeout }, (wait) => {
    assertNotChanging(context, keys);
    const writing = new Writing(context, keys, changes, keep);
    const done = context.inOrder(`config ${keys.document}`, () => writing.run(wait));
    return wait.race(done);
  });
}

interface Unsettled {
  readonly versions: readonly number[];
  readonly error: unknown;
}

class Writing {
  readonly #context: RecipeContext;
  /** Of the first document: those who write it wait for each other. */
  readonly #keys: DocumentKeys;
  readonly #changes: readonly Change[];
  readonly #keep: number;
  readonly #id: string;
  readonly #turn: Turn;
  #conflicts = 0;
  /** No other attempt would change this. */
  #final: unknown;
  /** The versions that an attempt of unknown outcome would have made. */
  #unsettled: Unsettled | undefined;

  constructor(context: RecipeContext, keys: DocumentKeys, changes: readonly Change[], keep: number) {
    this.#context = context;
    this.#keys = keys;
    this.#changes = changes;
    this.#keep = keep;
    this.#id = context.runtime.uniqueId();
    this.#turn = new Turn(context, keys.writing);
  }

  async run(wait: Wait): Promise<readonly Document[]> {
    wait.throwIfOver();
    const when = (error: unknown) => this.#goOn(error, wait);
    try {
      return await retry(this.#context.runtime, () => this.#attempt(wait), { signal: wait.signal, when });
    } finally {
      this.#turn.leave();
    }
  }

  #goOn(error: unknown, wait: Wait): boolean {
    if (wait.over || (this.#final !== undefined && error === this.#final)) return false;
    if (!CoordError.is(error, "CONFLICT")) return isTransient(error);
    this.#conflicts += 1;
    return this.#conflicts < maxConflicts;
  }

  async #attempt(wait: Wait): Promise<readonly Document[]> {
    await this.#turn.take(this.#conflicts, wait);
    const { signal } = wait;
    const found = await Promise.all(this.#changes.map(({ keys }) => this.#find(keys, signal)));
    const done = this.#unsettled && (await this.#settled(found, this.#unsettled));
    if (done) return done;
    const changed = await Promise.all(
      found.map(async (base, index) => ({ base, document: await this.#changed(base, index, wait) })),
    );
    const writes = changed.flatMap(({ base, document }) => (document ? this.#writes(base, document) : []));
    const documents = changed.flatMap(({ base, document }) => document ?? base.document ?? []);
    if (writes.length > 0) await this.#commit(writes, documents.map(lastVersion));
    return documents;
  }

  async #find(keys: DocumentKeys, signal: AbortSignal): Promise<Found> {
    const entry = await this.#context.store.get(keys.document);
    const decoded: Decoded | undefined = entry && decodeDocument(entry);
    const document = decoded && "document" in decoded ? decoded.document : undefined;
    const last = document ? lastVersion(document) : await this.#lastKept(keys);
    return { keys, entry, document, id: this.#id, next: last + 1, signal };
  }

  /** Who deletes the entry by hand, or writes nonsense there, doesn't bring used versions back. */
  async #lastKept({ history }: DocumentKeys): Promise<number> {
    const { entries } = await this.#context.store.list(history);
    return Math.max(0, ...entries.map((entry) => decodeRevision(entry)?.version ?? 0));
  }

  async #commit(writes: readonly Write[], versions: readonly number[]): Promise<void> {
    const { store } = this.#context;
    const departure = writes.length < store.traits.maxWrites ? this.#turn.departure : [];
    try {
      await store.commit({ writes: [...writes, ...departure] });
      if (departure.length > 0) this.#turn.departed();
    } catch (error) {
      if (CoordError.is(error, "UNKNOWN_OUTCOME")) this.#unsettled = { versions, error };
      throw error;
    }
  }

  /** What a document is to become, unless the wait ends first: a `change` that hangs holds up none of the writes after it. */
  async #changed(base: Found, index: number, wait: Wait): Promise<Document | undefined> {
    const asked = async () => this.#changes[index]?.change(base);
    try {
      return await changing(this.#context, this.#keys, () => wait.race(asked()));
    } catch (error) {
      this.#final = error;
      throw error;
    }
  }

  /** Whether the attempt whose answer was lost has taken effect: `undefined` if it has not, and will not if the next one does. */
  async #settled(found: readonly Found[], { versions, error }: Unsettled): Promise<readonly Document[] | undefined> {
    const [first] = found;
    const [version = 0] = versions;
    if (!first || first.next <= version) return undefined;
    const entry = await this.#context.store.get(historyKey(first.keys, version));
    const kept = entry && decodeRevision(entry);
    if (!kept && first.document?.id !== this.#id) {
      this.#final = error;
      throw error;
    }
    if (kept && kept.id !== this.#id) return undefined;
    return Promise.all(found.map((each, index) => this.#written(each, versions[index] ?? 0)));
  }

  async #written({ keys, document }: Found, version: number): Promise<Document> {
    if (document && document.id === this.#id) return document;
    const entry = await this.#context.store.get(historyKey(keys, version));
    const revision = entry && decodeRevision(entry);
    if (revision) return revision;
    this.#final = this.#unsettled?.error;
    throw this.#final;
  }

  #writes({ keys, entry, document: before }: Found, document: Document): Write[] {
    const write: Write = entry
      ? { update: entry, value: encodeDocument(document) }
      : { create: keys.document, value: encodeDocument(document) };
    const revision = newRevision(before, document);
    if (!revision) return [write];
    const kept: Write = { create: historyKey(keys, revision.version), value: encodeJson(revision) };
    const outdated = revision.version - this.#keep;
    return outdated < 1 ? [write, kept] : [write, kept, { remove: historyKey(keys, outdated) }];
  }
}

/** The version that comes into being by this write, if one does: a roll-out that is widened or completed makes none. */
function newRevision(before: Document | undefined, after: Document): Revision | undefined {
  const { candidate, ...revision } = after;
  const newest = candidate?.revision ?? revision;
  return before && newest.version <= lastVersion(before) ? undefined : newest;
}

/** @throws ConflictError unless the document is at this version */
export function assertVersion({ name, document: key }: DocumentKeys, base: Base, ifVersion: number | undefined): void {
  if (ifVersion === undefined) return;
  const version = base.document?.version ?? 0;
  if (version === ifVersion) return;
  throw new ConflictError(key, `at version ${ifVersion}`, `${JSON.stringify(name)} is at version ${version}`);
}

/** @throws ConflictError while a version is being rolled out */
export function assertNoRollout({ document: key }: DocumentKeys, { document }: Base): void {
  if (!document?.candidate) return;
  const { share, revision } = document.candidate;
  throw new ConflictError(
    key,
    "without a roll-out under way",
    `version ${revision.version} is being rolled out to a share of ${share}: promote or abandon it first`,
  );
}
