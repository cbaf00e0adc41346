import type { WatchEvent } from "./wire/events.ts";

export type Watcher = (event: WatchEvent) => void;

/** So many nodes that have gone; who asks for one that was forgotten has to ask the server. */
const remembered = 10_000;

/**
 * Who wants to hear of which nodes, as long as one connection lasts. The server tells each change once however many here
 * listen; what is told to nobody is dropped.
 */
export class Watches {
  readonly #at = new Map<string, Set<Watcher>>();
  readonly #below = new Map<string, Set<Watcher>>();
  readonly #gone = new Set<string>();
  /**
   * The nodes of which, and of all below, the server tells until it is told not to. Of these nothing must be watched for once: before 3.9 a
   * server forgets the lasting watch of the same node over that (ZOOKEEPER-4466).
   */
  readonly lasting = new Set<string>();

  /** The node itself. The result ends it. */
  at(path: string, watcher: Watcher): () => void {
    return add(this.#at, path, watcher);
  }

  /** The node and all below it. */
  below(path: string, watcher: Watcher): () => void {
    return add(this.#below, path, watcher);
  }

  /**
   * Whether nobody needs what the server tells of the node itself. It keeps one watch of it, whoever asked: also who listens below a
   * node above it, unless that has a lasting watch of its own.
   */
  idle(path: string): boolean {
    if (this.#at.has(path)) return false;
    return pathsFrom(path).every((each) => !this.#below.has(each) || (each !== path && this.lasting.has(each)));
  }

  /** Whether the last that was told of a node is that it has gone. Of a name that is never used again that is for ever. */
  gone(path: string): boolean {
    return this.#gone.has(path);
  }

  tell(event: WatchEvent): void {
    if (event.kind === "deleted") this.#remember(event.path);
    else this.#gone.delete(event.path);
    for (const watcher of [...(this.#at.get(event.path) ?? [])]) watcher(event);
    if (this.#below.size === 0) return;
    for (const path of pathsFrom(event.path)) for (const watcher of [...(this.#below.get(path) ?? [])]) watcher(event);
  }

  #remember(path: string): void {
    this.#gone.add(path);
    const [oldest = path] = this.#gone.size > remembered ? this.#gone : [];
    if (this.#gone.size > remembered) this.#gone.delete(oldest);
  }
}

/** A path, and all above it. */
function pathsFrom(path: string): string[] {
  const paths = [path];
  for (let each = path; each !== "/"; paths.push(each)) each = each.slice(0, each.lastIndexOf("/")) || "/";
  return paths;
}

function add(index: Map<string, Set<Watcher>>, path: string, watcher: Watcher): () => void {
  const watchers = index.get(path) ?? new Set();
  index.set(path, watchers.add(watcher));
  return () => {
    if (watchers.delete(watcher) && watchers.size === 0 && index.get(path) === watchers) index.delete(path);
  };
}
