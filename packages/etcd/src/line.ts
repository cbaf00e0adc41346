import type { Key, Rival, Runtime } from "@coord/core/spi";
import type { View } from "./view.ts";
import type { KeyValue } from "./wire/txn.ts";

export const kindOf = (key: Key): string | undefined => /\/[0-9a-f]+-([A-Za-z_]+)-[^/]*$/.exec(key)?.[1];

/** What a key tells of a contender. */
export interface Contender {
  readonly order: bigint;
  readonly rival: Rival;
}

/** Whoever is bound to a session stands in line; what a recipe wrote there for good does not. */
export const contenderOf = (key: Key, kv: Pick<KeyValue, "create_revision" | "lease">): Contender | undefined =>
  kv.lease === "0" ? undefined : { order: BigInt(kv.create_revision), rival: { key, kind: kindOf(key) } };

export const inOrder = (contenders: readonly Contender[]): Contender[] =>
  [...contenders].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));

/** Those before `order` in a line that is in order. */
export function aheadOf(contenders: Iterable<Contender>, order: bigint): Rival[] {
  const ahead: Rival[] = [];
  for (const contender of contenders) {
    if (contender.order >= order) break;
    ahead.push(contender.rival);
  }
  return ahead;
}

/** Somebody in line, who is told when a key that concerns him has gone or was written, or all was read anew. */
export interface Follower {
  concerns: ReadonlySet<Key>;
  moved(keys: ReadonlySet<Key> | undefined): void;
  lost(): void;
  failed(error: Error): void;
}

/** How long an event may stay out that is known to have happened, before the line is read instead. */
const overdueMs = 500;

/** A mirror of a line, in its order. What changes in it concerns few of those who stand there, and only they are woken. */
export class Line {
  readonly #view: View;
  readonly #runtime: Runtime;
  readonly #contenders = new Map<Key, Contender>();
  readonly #followers = new Set<Follower>();
  readonly #awaiting = new Set<() => void>();

  constructor(view: View, runtime: Runtime) {
    this.#view = view;
    this.#runtime = runtime;
    view.add({
      changed: (keys) => this.#changed(keys),
      lost: () => {
        for (const follower of [...this.#followers]) follower.lost();
      },
      failed: (error) => {
        for (const follower of [...this.#followers]) follower.failed(error);
      },
    });
  }

  /** Whether it shows who stands there, as far as events have told. */
  get fresh(): boolean {
    return this.#view.fresh;
  }

  get revision(): bigint {
    return this.#view.revision;
  }

  ahead(order: bigint): Rival[] {
    return aheadOf(this.#contenders.values(), order);
  }

  /** Whether this very entry is there. */
  has(key: Key, order: bigint): boolean {
    return this.#contenders.get(key)?.order === order;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
  }

  remove(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** Waits until it shows what happened at this revision; `false` if that takes too long. */
  async reaches(revision: bigint): Promise<boolean> {
    if (this.fresh && this.revision >= revision) return true;
    return new Promise((resolve) => {
      const end = (reached: boolean) => {
        timer.cancel();
        this.#awaiting.delete(look);
        resolve(reached);
      };
      const look = () => {
        if (this.fresh && this.revision >= revision) end(true);
      };
      const timer = this.#runtime.timer(overdueMs, () => end(false));
      this.#awaiting.add(look);
    });
  }

  /** Reads it again: those who follow are told. */
  confirm(): void {
    this.#view.confirm();
  }

  close(): void {
    this.#view.close();
  }

  #changed(keys: ReadonlySet<Key> | undefined): void {
    if (keys) this.#update(keys);
    else this.#readAnew();
    for (const look of [...this.#awaiting]) look();
    const changed = keys && [...keys];
    for (const follower of [...this.#followers]) {
      if (!changed || changed.some((key) => follower.concerns.has(key))) follower.moved(keys);
    }
  }

  /** What came with these changes is newer than what stays, but may be told in any order. */
  #update(keys: ReadonlySet<Key>): void {
    const entered: Contender[] = [];
    for (const key of keys) {
      const kept = this.#view.kept.get(key);
      const contender = kept && contenderOf(key, kept);
      if (contender && contender.order === this.#contenders.get(key)?.order) continue;
      this.#contenders.delete(key);
      if (contender) entered.push(contender);
    }
    for (const contender of inOrder(entered)) this.#contenders.set(contender.rival.key, contender);
  }

  #readAnew(): void {
    const contenders = [...this.#view.kept].flatMap(([key, kept]) => contenderOf(key, kept) ?? []);
    this.#contenders.clear();
    for (const contender of inOrder(contenders)) this.#contenders.set(contender.rival.key, contender);
  }
}
