import { type Key, lookOn, type RecipeContext } from "@coord/core/recipe";
import { Decoding } from "./decoding.ts";
import type { Format } from "./format.ts";
import type { Instance } from "./instance.ts";

/** What the store has of a service. */
export interface Sighting {
  /** By id. */
  readonly instances: readonly Instance[];
  readonly revision: bigint;
  /** The store is out of sight: these are the last ones known. */
  readonly stale: boolean;
  /** Since when, by the monotonic clock. */
  readonly staleSinceMs: number;
  /** Entries that make no sense. */
  readonly rejected: number;
}

export interface ViewParts {
  readonly context: RecipeContext;
  readonly format: Format;
  readonly service: string;
  readonly key: Key;
}

/** One service of one client as its entries say, decoded once for all who look. It is followed while somebody does. */
export class View {
  readonly #parts: ViewParts;
  readonly #decoding: Decoding;
  readonly #leave: () => void;
  readonly #viewers = new Set<(seen: Sighting) => void>();
  #seen: Sighting | undefined;

  constructor(parts: ViewParts) {
    this.#parts = parts;
    const { context, service, format, key: directory } = parts;
    this.#decoding = new Decoding(service, format, (key, bytes) =>
      context.logger.warn({ key, bytes }, "an entry of a service makes no sense and is passed over"),
    );
    this.#leave = lookOn(
      context,
      { under: directory },
      {
        shown: ({ entries, revision, stale }) =>
          this.#show({ instances: this.#decoding.instances(entries), revision, stale }),
        failed: () => {}, // what is known is shown as stale, and the watch is tried again
        ended: () => {},
      },
    );
  }

  get seen(): Sighting | undefined {
    return this.#seen;
  }

  /** Told of each change, and at once of what is known. */
  add(viewer: (seen: Sighting) => void): void {
    this.#viewers.add(viewer);
    if (this.#seen) this.#tell(viewer, this.#seen);
  }

  remove(viewer: (seen: Sighting) => void): void {
    this.#viewers.delete(viewer);
  }

  close(): void {
    this.#leave();
  }

  /** Nobody is told what they know. */
  #show(now: Pick<Sighting, "instances" | "revision" | "stale">): void {
    const before = this.#seen;
    const wasStale = before?.stale === true;
    const staleSinceMs = now.stale ? (wasStale ? before.staleSinceMs : this.#parts.context.runtime.now()) : 0;
    this.#seen = { ...now, rejected: this.#decoding.rejected, staleSinceMs };
    const isSame = before?.stale === now.stale && sameInstances(before.instances, now.instances);
    if (!isSame) for (const viewer of [...this.#viewers]) this.#tell(viewer, this.#seen);
  }

  /** One that throws keeps nobody else from being told. */
  #tell(viewer: (seen: Sighting) => void, seen: Sighting): void {
    try {
      viewer(seen);
    } catch (error) {
      const { context, service } = this.#parts;
      context.logger.error({ error, service }, "one who looks at a service threw; the others were told");
    }
  }
}

export const sameInstances = (a: readonly Instance[], b: readonly Instance[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);
