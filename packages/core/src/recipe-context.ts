import type { Logger } from "./logger.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";
import type { CoordState } from "./session-keeper.ts";
import type { Key, Store } from "./store.ts";
import type { Wait } from "./wait.ts";

/** What a client offers to the recipes that run on it. Recipe authors get it by `contextOf(coord)`. */
export interface RecipeContext {
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Who this client says it is. */
  readonly owner: string;
  /** Where the store is reached, for errors to name. */
  readonly endpoints: readonly string[];
  /** The store below the client's namespace; each call is one attempt. */
  readonly store: Store;
  state(): CoordState;
  /** Why there is no session, or why it isn't renewed; `undefined` while all is well. */
  trouble(): unknown;
  /** The live session, or the next one. */
  ready(wait: Wait): Promise<Session>;
  /** Runs the works given for one line one after the other, in the order of the calls. */
  inOrder<T>(line: Key, work: () => Promise<T>): Promise<T>;
  /** Work that `close()` waits for, within its time. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Told when `close()` begins; at once if it has. The result takes the listener away. */
  onClosing(listener: () => void): () => void;
  onState(listener: (now: CoordState) => void): () => void;
  /** Shown by `status()` until the result is called. */
  holding(shown: { readonly name: string; readonly fencingToken: bigint }): () => void;
  /** The same for the store that this key lies on, where the client has several: with its session and its state. */
  at(key: Key): RecipeContext;
}

/** Where a client keeps its context; a registered symbol, so that two copies of this package understand each other. */
export const recipeContext = Symbol.for("@coord/core/recipe-context");

/** @param key what the recipe's entries lie at or below, by which its store is found where the client has several */
export function contextOf(coord: { readonly [recipeContext]: RecipeContext }, key?: Key): RecipeContext {
  const context = coord[recipeContext];
  return key === undefined ? context : context.at(key);
}
