import type { Logger } from "@coord/core/spi";
import type { IResponseHeader } from "etcd3";

/**
 * What the answers tell of the cluster's history. Its revision only grows, so a lower one, or another cluster's name, is a
 * store that was restored to an older state: whatever was read or granted before may never have happened in it.
 */
export class Lineage {
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #cluster: string | undefined;
  #revision = 0n;
  #term = 0n;
  #epoch = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The highest that an answer has shown. An answer to what is asked from now on can't be older. */
  get revision(): bigint {
    return this.#revision;
  }

  /** How often it began anew. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Told after each restore. The result takes the listener away. */
  onRestored(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether a member still is where the others have been: one that missed an election may speak for a leader that is none any more. */
  isCurrent({ raft_term }: IResponseHeader): boolean {
    return BigInt(raft_term) >= this.#term;
  }

  /** Whether the answer to something asked when `known` was the revision continues the history. */
  continues({ cluster_id, revision }: IResponseHeader, known: bigint): boolean {
    return (this.#cluster ?? cluster_id) === cluster_id && BigInt(revision) >= known;
  }

  extend({ cluster_id, revision, raft_term }: IResponseHeader): void {
    this.#cluster ??= cluster_id;
    const [now, term] = [BigInt(revision), BigInt(raft_term)];
    if (now > this.#revision) this.#revision = now;
    if (term > this.#term) this.#term = term;
  }

  /** A majority has agreed on this answer just now: its term is the present one, also when a restore has set it back. */
  agree({ raft_term }: IResponseHeader): void {
    this.#term = BigInt(raft_term);
  }

  /** Begins anew where the restored store is. */
  restart(header: IResponseHeader): void {
    const before = this.#revision;
    this.#cluster = header.cluster_id;
    this.#revision = BigInt(header.revision);
    this.#term = BigInt(header.raft_term);
    this.#beginAnew({ before: `${before}`, now: header.revision, cluster: header.cluster_id });
  }

  /** Something that was seen has not happened, though the cluster is past it: others have written since it was restored. */
  contradicted(seen: { readonly key: string; readonly before: bigint; readonly now: bigint }): void {
    this.#beginAnew({ key: seen.key, before: `${seen.before}`, now: `${seen.now}`, cluster: this.#cluster });
  }

  #beginAnew(facts: object): void {
    this.#logger.error(
      facts,
      "etcd was restored to an older state, or replaced by another cluster: sessions end, views are read anew, and fencing tokens may repeat (restore with --bump-revision)",
    );
    this.#epoch += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}
