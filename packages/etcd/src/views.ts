import type { Key, Runtime, Scope } from "@coord/core/spi";
import type { Batcher } from "./batch.ts";
import type { Connection } from "./connection.ts";
import { children, read } from "./entries.ts";
import { Line } from "./line.ts";
import { Pool } from "./pool.ts";
import { type ReadAll, View } from "./view.ts";
import type { WatchStream } from "./watch-stream.ts";

export interface ViewContext {
  readonly stream: WatchStream;
  readonly connection: Connection;
  readonly runtime: Runtime;
}

/** How long the mirror of a line outlives its last follower: who just released often stands in line again at once. */
const lingerMs = 2_000;

/** The views of a client, each shared by all that look at the same part of the store. */
export class Views {
  readonly #context: ViewContext;
  readonly #batcher: Batcher;
  readonly #views: Pool<View>;
  readonly #lines: Pool<Line>;

  constructor(context: ViewContext, batcher: Batcher) {
    this.#context = context;
    this.#batcher = batcher;
    this.#views = new Pool(context.runtime, 0, (view) => view.close());
    this.#lines = new Pool(context.runtime, lingerMs, (line) => line.close());
  }

  /** Entries with their values. */
  of(scope: Scope): ReturnType<Pool<View>["take"]> {
    const readAll: ReadAll = (signal) =>
      "key" in scope ? read(this.#batcher, scope.key, { signal }) : children(this.#batcher, scope.under, { signal });
    return this.#views.take(nameOf(scope), (drop) => new View(this.#context, scope, readAll, drop));
  }

  /** The view that others look at already. */
  known(scope: Scope): View | undefined {
    return this.#views.peek(nameOf(scope));
  }

  /** Who stands in a line. */
  line(line: Key): ReturnType<Pool<Line>["take"]> {
    const readAll: ReadAll = (signal) => children(this.#batcher, line, { signal, keysOnly: true });
    const make = (drop: () => void) =>
      new Line(new View(this.#context, { under: line }, readAll, drop), this.#context.runtime);
    return this.#lines.take(line, make);
  }

  /** The mirror of a line that somebody follows, or did lately, if it shows who stands there. */
  freshLine(line: Key): Line | undefined {
    const known = this.#lines.peek(line);
    return known?.fresh ? known : undefined;
  }
}

const nameOf = (scope: Scope): string => ("key" in scope ? `key ${scope.key}` : `under ${scope.under}`);
