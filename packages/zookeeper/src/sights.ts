import {
  type Blockers,
  Latest,
  type Place,
  type Runtime,
  type Scope,
  type Snapshot,
  type Standing,
} from "@coord/core/spi";
import type { Carriers } from "./carriers.ts";
import type { Features } from "./features.ts";
import { PlaceView } from "./follow.ts";
import { assertFree } from "./nodes.ts";
import { changedAt } from "./reading.ts";
import { type Shown, Sight } from "./sight.ts";
import { type Seen, viewOf } from "./watch.ts";

export interface SightsContext {
  readonly runtime: Runtime;
  readonly carriers: Carriers;
  readonly features: Features;
}

/** What a client looks at. Whoever looks at the same part of the tree shares one look at it. */
export class Sights {
  readonly #context: SightsContext;
  readonly #shared = new Map<string, SharedSight>();

  constructor(context: SightsContext) {
    this.#context = context;
  }

  watch(scope: Scope, signal: AbortSignal | undefined): AsyncIterable<Snapshot> {
    return this.#ending<Snapshot>(signal, (shown) => {
      const name = "key" in scope ? `key ${scope.key}` : `under ${scope.under}`;
      const shared = this.#shared.get(name) ?? new SharedSight(this.#context, scope, () => this.#shared.delete(name));
      this.#shared.set(name, shared);
      return shared.join(shown);
    });
  }

  follow(place: Place, blockers: Blockers, signal: AbortSignal | undefined): AsyncIterable<Standing> {
    const { runtime, carriers } = this.#context;
    return this.#ending<Standing>(signal, (shown) => {
      assertFree(place.line);
      const sight = new Sight<Omit<Standing, "stale">>(
        {
          runtime,
          carriers,
          view: (send, period, changed) => new PlaceView(send, period, place, blockers, changed),
        },
        { show: (standing) => shown.push(standing), fail: (error) => shown.fail(error) },
      );
      return () => sight.end();
    });
  }

  /** Ends with the client. */
  #ending<T>(signal: AbortSignal | undefined, look: (shown: Latest<T>) => () => void): Latest<T> {
    const { closed } = this.#context.carriers;
    const ends: (() => void)[] = [];
    const shown = new Latest<T>({
      signal,
      onEnd: () => {
        for (const end of ends) end();
      },
    });
    if (closed.happened) shown.end();
    if (shown.ended) return shown;
    ends.push(closed.on(() => shown.end()));
    try {
      ends.push(look(shown));
    } catch (error) {
      shown.fail(error);
    }
    return shown;
  }
}

interface Viewer {
  readonly shown: Latest<Snapshot>;
  /** The `confirm` from whose answer on it is shown what is seen. */
  readonly from: number;
  last?: Snapshot;
}

/** One look at a part of the tree, for all who want it. Each is shown nothing older than its own call. */
class SharedSight {
  readonly #viewers = new Set<Viewer>();
  readonly #sight: Sight<Seen>;
  readonly #drop: () => void;

  constructor({ runtime, carriers, features }: SightsContext, scope: Scope, drop: () => void) {
    this.#drop = drop;
    this.#sight = new Sight<Seen>(
      { runtime, carriers, view: viewOf(scope, features), contradiction },
      { show: (snapshot, upTo) => this.#show(snapshot, upTo), fail: (error) => this.#fail(error) },
    );
  }

  /** The result is to be called once. */
  join(shown: Latest<Snapshot>): () => void {
    const viewer: Viewer = { shown, from: this.#viewers.size === 0 ? 0 : this.#sight.confirm() };
    this.#viewers.add(viewer);
    return () => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size > 0) return;
      this.#drop();
      this.#sight.end();
    };
  }

  #show(snapshot: Shown<Seen>, upTo: number): void {
    for (const viewer of this.#viewers) {
      if (viewer.from > upTo || viewer.last === snapshot) continue;
      viewer.last = snapshot;
      viewer.shown.push(snapshot);
    }
  }

  #fail(error: unknown): void {
    this.#drop();
    for (const { shown } of [...this.#viewers]) shown.fail(error);
  }
}

/** An entry whose last change is older than the one that was seen. */
function contradiction(before: Seen, now: Seen): { readonly before: bigint; readonly now: bigint } | undefined {
  const known = new Map(before.entries.map((entry) => [entry.key, changedAt(entry)]));
  for (const entry of now.entries) {
    const seen = known.get(entry.key) ?? 0n;
    if (changedAt(entry) < seen) return { before: seen, now: changedAt(entry) };
  }
  return undefined;
}
