import { parentPath } from "./nodes.ts";
import { bytesOf, type Op } from "./wire/ops.ts";

/** What travels as one transaction takes no longer than what a server and its followers write in one go. */
const mostOps = 256;
const mostBytes = 256 * 1024;

/**
 * What shares one transaction. Nobody touches what another one touches; and what is created in one directory must not be
 * created together, since a transaction has one number, and the order of creation is told by it.
 */
export class Bundle {
  readonly #touched = new Set<string>();
  #ops = 0;
  #bytes = 0;

  /** Whether these go with those that it has; if so it has them now. The first always do. */
  takes(ops: readonly Op[]): boolean {
    const bytes = ops.reduce((sum, op) => sum + bytesOf(op), 0);
    const isFirst = this.#ops === 0;
    const hasRoom = this.#ops + ops.length <= mostOps && this.#bytes + bytes <= mostBytes;
    if (!isFirst && (!hasRoom || ops.some((op) => this.#touches(op)))) return false;
    for (const op of ops) this.#add(op);
    this.#ops += ops.length;
    this.#bytes += bytes;
    return true;
  }

  #touches({ op, path }: Op): boolean {
    return this.#touched.has(path) || (op === "create" && this.#touched.has(`${parentPath(path)}/`));
  }

  #add({ op, path }: Op): void {
    this.#touched.add(path);
    if (op === "create") this.#touched.add(`${parentPath(path)}/`);
  }
}
