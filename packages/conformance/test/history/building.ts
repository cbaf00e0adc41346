import type {
  AttemptEvent,
  DiedEvent,
  EntryEvent,
  GrantedEvent,
  OperationEvent,
  PartyEvent,
  RegisterCall,
  RegisterOutcome,
  SeenEvent,
  TruthEvent,
  ViewEvent,
  WriteEvent,
} from "../../src/history/index.ts";

/** One call of `acquire`, to write its events one by one. */
export class Attempt {
  constructor(
    readonly client: string,
    readonly attempt: string,
    readonly name = "job",
  ) {}

  asked = (at: number): AttemptEvent => this.#event(at, "asked");
  lost = (at: number): AttemptEvent => this.#event(at, "lost");
  released = (at: number): AttemptEvent => this.#event(at, "released");
  refused = (at: number): AttemptEvent => this.#event(at, "refused");
  cancelled = (at: number): AttemptEvent => this.#event(at, "cancelled");

  granted(at: number, token: bigint, weight?: number): GrantedEvent {
    const { client, name, attempt } = this;
    return { at, client, kind: "granted", name, attempt, token, ...(weight === undefined ? {} : { weight }) };
  }

  #event(at: number, kind: AttemptEvent["kind"]): AttemptEvent {
    const { client, name, attempt } = this;
    return { at, client, kind, name, attempt };
  }
}

/** One party's way through a barrier, to write its events one by one. */
export class Party {
  constructor(
    readonly client: string,
    readonly party = `${client}1`,
    readonly name = "start",
  ) {}

  came = (at: number): PartyEvent => this.#event(at, "came");
  declined = (at: number): PartyEvent => this.#event(at, "declined");
  excused = (at: number): PartyEvent => this.#event(at, "excused");
  leaving = (at: number): PartyEvent => this.#event(at, "leaving");
  left = (at: number): PartyEvent => this.#event(at, "left");
  broken = (at: number, generation: number): PartyEvent => ({ ...this.#event(at, "broken"), generation });
  passed = (at: number, generation: number, index: number): PartyEvent => ({
    ...this.#event(at, "passed"),
    generation,
    index,
  });

  #event(at: number, kind: PartyEvent["kind"]): PartyEvent {
    const { client, name, party } = this;
    return { at, client, kind, name, party };
  }
}

export function admitted(at: number, token: bigint, name = "job"): EntryEvent {
  return { at, kind: "admitted", name, token };
}

export function removed(at: number, token: bigint, name = "job"): EntryEvent {
  return { at, kind: "removed", name, token };
}

export function died(at: number, client: string): DiedEvent {
  return { at, client, kind: "died" };
}

export function wrote(at: number, token: bigint, accepted = true, resource = "file"): WriteEvent {
  return { at, client: `c${token}`, kind: "write", resource, token, accepted };
}

export function opened(at: number, client = "a", view = "config"): ViewEvent {
  return { at, client, kind: "opened", view };
}

export function closed(at: number, client = "a", view = "config"): ViewEvent {
  return { at, client, kind: "closed", view };
}

export function seen(at: number, version: bigint, more: Partial<SeenEvent> = {}): SeenEvent {
  return { at, client: "a", kind: "seen", view: "config", version, ...more };
}

export function truth(at: number, version: bigint, more: Partial<TruthEvent> = {}): TruthEvent {
  return { at, kind: "truth", view: "config", version, ...more };
}

/** An operation on the key "k" from `call` to `until`. */
export function operation(
  client: string,
  call: number,
  until: number | undefined,
  op: RegisterCall,
  outcome: RegisterOutcome = { type: "ok" },
  key = "k",
): OperationEvent {
  return { client, kind: "operation", key, call, ...(until === undefined ? {} : { return: until }), op, outcome };
}

/** Random numbers that a seed repeats (the generator mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
