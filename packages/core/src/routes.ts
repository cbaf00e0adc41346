import { UsageError } from "./errors.ts";
import { type Key, toKey } from "./key.ts";
import type { Backend } from "./store.ts";

export interface Route {
  readonly at: Key;
  readonly target: string | Backend;
}

/** Which names lie on which store. Made by `routes()`, for `connect()`. */
export class Routes {
  readonly table: readonly Route[];

  constructor(table: Readonly<Record<string, string | Backend>>) {
    this.table = Object.entries(table).map(([name, target]) => ({ at: name === "" ? "" : toKey(name), target }));
    if (this.table.length === 0)
      throw new UsageError('`routes` needs at least one store: { config: "zk://…", "": "etcd://…" }.', {
        operation: "connect",
      });
  }
}

/**
 * One client on several stores: each name is on the store of the longest route that it begins with, segment by segment; `""`
 * is for all others. A name keeps all of its segments there. Each store has a session of its own, so what is held on one is
 * not lost with another; what would need two of them in one atomic step is refused.
 *
 * @param table URLs, or what a backend's own function makes, by name: `{ config: "zk://…/app", "": "etcd://…/app" }`
 * @throws UsageError when a name can't be one on every store
 */
export function routes(table: Readonly<Record<string, string | Backend>>): Routes {
  return new Routes(table);
}
