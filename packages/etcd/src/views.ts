import type { Key, Runtime, Scope, Timer } from "@coord/core/spi";
import type { Batcher } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { children, read } from "./entries.ts";
import { type ReadAll, View, type Viewer } from "./view.ts";
import type { WatchStream } from "./watch-stream.ts";

/** How long the view of a line outlives its last viewer: who just released often stands in line again at once. */
const lingerMs = 2_000;

interface Kept {
  readonly view: View;
  /** Set while nobody looks. */
  end: Timer | undefined;
}

/** The views of a client, each shared by all that look at the same part of the store. */
export class Views {
  readonly #context: ConstructorParameters<typeof View>[0];
  readonly #batcher: Batcher;
  readonly #views = new Map<string, Kept>();

  constructor(
    context: { readonly stream: WatchStream; readonly connection: Connection; readonly runtime: Runtime },
    batcher: Batcher,
  ) {
    this.#context = context;
    this.#batcher = batcher;
  }

  /** Entries with their values. */
  look(scope: Scope, viewer: Viewer): { readonly view: View; readonly leave: () => void } {
    const id = "key" in scope ? `key ${scope.key}` : `under ${scope.under}`;
    const readAll: ReadAll = (signal) =>
      "key" in scope ? read(this.#batcher, scope.key, { signal }) : children(this.#batcher, scope.under, { signal });
    return this.#share(id, scope, readAll, viewer, 0);
  }

  /** Who stands in a line. */
  lookAtLine(line: Key, viewer: Viewer): { readonly view: View; readonly leave: () => void } {
    const readAll: ReadAll = (signal) => children(this.#batcher, line, { signal, keysOnly: true });
    return this.#share(`line ${line}`, { under: line }, readAll, viewer, lingerMs);
  }

  #share(id: string, scope: Scope, readAll: ReadAll, viewer: Viewer, linger: number) {
    const kept = this.#views.get(id) ?? { view: new View(this.#context, scope, readAll), end: undefined };
    this.#views.set(id, kept);
    kept.end?.cancel();
    kept.view.add(viewer);
    const leave = () => {
      kept.view.remove(viewer);
      if (kept.view.viewers > 0 || this.#views.get(id) !== kept) return;
      const end = () => {
        this.#views.delete(id);
        kept.view.close();
      };
      if (linger === 0) return end();
      kept.end?.cancel();
      kept.end = this.#context.runtime.timer(linger, end, { keepAlive: false });
    };
    return { view: kept.view, leave };
  }
}
