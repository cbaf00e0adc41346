import type { Runtime, Timer } from "@coord/core/spi";
import { isRefused } from "./errors.ts";
import { groupsOf } from "./groups.ts";
import type { Listed, Lists } from "./lists.ts";
import type { Watches } from "./watches.ts";
import { errorCode } from "./wire/codes.ts";

/** So long a node is waited for at most before it is asked whether it may be read: in a line that moves, few are. */
const afterMs = 100;

/**
 * Anything can be watched, but since CVE-2024-23944 was mended a server keeps to itself what becomes of a node that one may not read. So
 * those that somebody goes on waiting for are asked for their children, which takes that right: all of one connection together.
 */
export class Unreadable {
  readonly #runtime: Runtime;
  readonly #lists: Lists;
  readonly #watches: Watches;
  #asked = new Map<string, Set<() => void>>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime, lists: Lists, watches: Watches) {
    this.#runtime = runtime;
    this.#lists = lists;
    this.#watches = watches;
  }

  /** Calls `silent` if the node may not be read. The result ends that. */
  ask(path: string, silent: () => void): () => void {
    const asked = this.#asked;
    const asking = asked.get(path) ?? new Set();
    asked.set(path, asking.add(silent));
    this.#timer ??= this.#runtime.timer(afterMs, () => void this.#find(), { keepAlive: false });
    return () => {
      if (asking.delete(silent) && asking.size === 0 && asked.get(path) === asking) asked.delete(path);
    };
  }

  end(): void {
    this.#timer?.cancel();
  }

  async #find(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Map();
    this.#timer = undefined;
    for (const group of groupsOf([...asked.keys()])) {
      for (const [path, answer] of await this.#lists.ofAll(group)) this.#tell(path, answer, asked.get(path));
    }
  }

  /** One that has gone without a word is told of now. */
  #tell(path: string, answer: Listed, asking: ReadonlySet<() => void> | undefined): void {
    if (!asking) return; // it was told of meanwhile
    if ("error" in answer) {
      if (isRefused(answer.error, errorCode.noAuth)) for (const silent of [...asking]) silent();
    } else if (answer.value === undefined) this.#watches.tell({ kind: "deleted", path });
  }
}
