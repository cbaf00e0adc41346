import { parentPath } from "./nodes.ts";
import { bytesOf, type Op } from "./wire/ops.ts";
import { createMode } from "./wire/records.ts";

/** What travels as one transaction takes no longer than what a server and its followers write in one go. */
const mostOps = 256;
const mostBytes = 256 * 1024;

/** Gets a name that nobody else can mean. */
const isNumbered = (op: Op): boolean => op.op === "create" && op.mode === createMode.ephemeralSequential;

/**
 * What shares one transaction. Nobody touches what another one touches; and what is created in one directory must not be
 * created together, since a transaction has one number, and the order of creation is told by it.
 */
export class Bundle {
  readonly #most: number;
  readonly #touched = new Set<string>();
  /** The directories that something is created in. */
  readonly #filled = new Set<string>();
  #ops = 0;
  #bytes = 0;

  /** @param most how many operations share it */
  constructor(most = mostOps) {
    this.#most = most;
  }

  /** Whether these go with those that it has; if so it has them now. The first always do. */
  takes(ops: readonly Op[]): boolean {
    const bytes = bytesOf(ops);
    const isFirst = this.#ops === 0;
    const hasRoom = this.#ops + ops.length <= this.#most && this.#bytes + bytes <= mostBytes;
    if (!isFirst && (!hasRoom || ops.some((op) => this.#touches(op)))) return false;
    for (const op of ops) this.#add(op);
    this.#ops += ops.length;
    this.#bytes += bytes;
    return true;
  }

  #touches(op: Op): boolean {
    return (
      (!isNumbered(op) && this.#touched.has(op.path)) || (op.op === "create" && this.#filled.has(parentPath(op.path)))
    );
  }

  #add(op: Op): void {
    if (!isNumbered(op)) this.#touched.add(op.path);
    if (op.op === "create") this.#filled.add(parentPath(op.path));
  }
}
