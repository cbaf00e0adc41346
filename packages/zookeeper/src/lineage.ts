import type { Logger } from "@coord/core/spi";

/**
 * What the answers tell of the ensemble's history. Its transactions are numbered, and the numbers only grow: a new session, which
 * a majority agrees to, comes after all that anybody was shown before. One that doesn't is that of an ensemble which was restored
 * to an older state: whatever was read or granted before may never have happened in it.
 */
export class Lineage {
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #zxid = 0n;
  #epoch = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** How often it began anew. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Told after each restore. */
  onRestored(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /**
   * For what a connection that is being opened will show. A session that goes on proves nothing: a server that is behind what it
   * has seen turns it away.
   */
  connecting({ newSession }: { readonly newSession: boolean }): (zxid: bigint) => void {
    const known = this.#zxid;
    let epoch = this.#epoch;
    let judged = !newSession;
    return (zxid) => {
      if (epoch !== this.#epoch) return; // it tells of a history that is over
      if (!judged && zxid <= known) {
        this.#zxid = 0n;
        this.restart({ before: known, now: zxid });
        epoch = this.#epoch;
      }
      judged = true;
      if (zxid > this.#zxid) this.#zxid = zxid;
    };
  }

  /** Something that was seen has not happened, though the server is past it. */
  restart({ before, now }: { readonly before: bigint; readonly now: bigint }): void {
    this.#logger.error(
      { before: `0x${before.toString(16)}`, now: `0x${now.toString(16)}` },
      "ZooKeeper was restored to an older state, or replaced by another ensemble: sessions end, views are read anew, and fencing tokens may repeat",
    );
    this.#epoch += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}
