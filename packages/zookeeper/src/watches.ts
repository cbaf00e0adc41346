import type { WatchEvent } from "./wire/requests.ts";

export type Watcher = (event: WatchEvent) => void;

/**
 * Who wants to hear of which nodes, as long as one connection lasts. The server tells each change once however many here
 * listen; what is told to nobody is dropped.
 */
export class Watches {
  readonly #at = new Map<string, Set<Watcher>>();
  readonly #below = new Map<string, Set<Watcher>>();

  /** The node itself. The result ends it. */
  at(path: string, watcher: Watcher): () => void {
    return add(this.#at, path, watcher);
  }

  /** The node and all below it. */
  below(path: string, watcher: Watcher): () => void {
    return add(this.#below, path, watcher);
  }

  /** How many listen to the node and all below it. */
  countBelow(path: string): number {
    return this.#below.get(path)?.size ?? 0;
  }

  /** Whether nobody listens to the node itself, nor to it and all below it. */
  idle(path: string): boolean {
    return !this.#at.has(path) && !this.#below.has(path);
  }

  get size(): number {
    return [...this.#at.values(), ...this.#below.values()].reduce((sum, { size }) => sum + size, 0);
  }

  tell(event: WatchEvent): void {
    for (const watcher of [...(this.#at.get(event.path) ?? [])]) watcher(event);
    if (this.#below.size === 0) return;
    for (let path = event.path; ; path = path.slice(0, path.lastIndexOf("/")) || "/") {
      for (const watcher of [...(this.#below.get(path) ?? [])]) watcher(event);
      if (path === "/") return;
    }
  }
}

function add(index: Map<string, Set<Watcher>>, path: string, watcher: Watcher): () => void {
  const watchers = index.get(path) ?? new Set();
  index.set(path, watchers.add(watcher));
  return () => {
    if (watchers.delete(watcher) && watchers.size === 0 && index.get(path) === watchers) index.delete(path);
  };
}
