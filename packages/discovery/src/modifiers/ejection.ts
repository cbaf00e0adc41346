import { UsageError } from "@coord/core";
import { assertDuration } from "@coord/core/recipe";
import { CircuitState, ConsecutiveBreaker, type IBreaker } from "cockatiel";

export interface EjectionOptions {
  /** Failures in a row after which an instance is left alone for a while. Default 5. */
  readonly failures?: number | undefined;
  /** How long the first time, in milliseconds; each further time that much longer, up to ten times. Default 10 000. */
  readonly forMs?: number | undefined;
  /** The largest share that may be left alone at once of the instances that could be called otherwise. Default 0.5. */
  readonly maxShare?: number | undefined;
  /** Judges instead of counting failures in a row: any breaker of `cockatiel`, one for each instance. */
  readonly breaker?: (() => IBreaker) | undefined;
}

interface Record {
  readonly breaker: IBreaker;
  state: CircuitState;
  untilMs: number;
  times: number;
}

const longestTimes = 10;

/**
 * Leaves an instance alone that fails again and again, whatever the store says of its health; after a while it is tried again, and one
 * failure then is enough. Never more of them at once than the cap allows: what fails everywhere is not their fault. (Envoy's
 * "outlier detection": consecutive errors, ejection time times the number of ejections, `max_ejection_percent`. The breakers are cockatiel's.)
 */
export class Ejection {
  readonly #newBreaker: () => IBreaker;
  readonly #forMs: number;
  readonly #maxShare: number;
  readonly #records = new Map<string, Record>();
  #nextReturnMs = Number.POSITIVE_INFINITY;

  constructor({ failures = 5, forMs = 10_000, maxShare = 0.5, breaker }: EjectionOptions) {
    if (!(Number.isInteger(failures) && failures > 0))
      throw new UsageError(`\`ejection.failures\` must be a whole number above 0, got ${String(failures)}.`);
    if (!(maxShare >= 0 && maxShare <= 1))
      throw new UsageError(`\`ejection.maxShare\` must be from 0 to 1, got ${String(maxShare)}.`);
    assertDuration("ejection.forMs", forMs);
    this.#newBreaker = breaker ?? (() => new ConsecutiveBreaker(failures));
    this.#forMs = forMs;
    this.#maxShare = maxShare;
  }

  /** When the next one may be tried again. */
  get nextReturnMs(): number {
    return this.#nextReturnMs;
  }

  isEjected(id: string): boolean {
    return this.#records.get(id)?.state === CircuitState.Open;
  }

  /** @param among those that could be called @returns whether it is left alone from now on */
  failed(id: string, nowMs: number, among: ReadonlySet<string>): boolean {
    const record = this.#recordOf(id);
    if (record.state === CircuitState.Open) return false;
    const breaks = record.breaker.failure(record.state) || record.state === CircuitState.HalfOpen;
    if (!breaks || !among.has(id) || this.#ejected(among).length + 1 > this.#maxShare * among.size) return false;
    record.state = CircuitState.Open;
    record.times = Math.min(longestTimes, record.times + 1);
    record.untilMs = nowMs + this.#forMs * record.times;
    this.#nextReturnMs = Math.min(this.#nextReturnMs, record.untilMs);
    return true;
  }

  succeeded(id: string): void {
    const record = this.#records.get(id);
    if (!record || record.state === CircuitState.Open) return;
    if (record.state === CircuitState.HalfOpen) this.#records.delete(id);
    else record.breaker.success(record.state);
  }

  /** Lets those try again whose time is up. @returns whether there are any */
  letReturn(nowMs: number): boolean {
    let returned = false;
    this.#nextReturnMs = Number.POSITIVE_INFINITY;
    for (const record of this.#records.values()) {
      if (record.state !== CircuitState.Open) continue;
      if (record.untilMs <= nowMs) {
        record.state = CircuitState.HalfOpen;
        returned = true;
      } else this.#nextReturnMs = Math.min(this.#nextReturnMs, record.untilMs);
    }
    return returned;
  }

  /** Forgets all but these. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#records.keys()) if (!ids.has(id)) this.#records.delete(id);
  }

  /** When fewer could be called, so many may be left alone no longer: the first ejected return. */
  limit(among: ReadonlySet<string>): void {
    const ejected = this.#ejected(among);
    const tooMany = ejected.length - Math.floor(this.#maxShare * among.size);
    for (const record of ejected.slice(0, Math.max(0, tooMany))) record.state = CircuitState.HalfOpen;
  }

  #recordOf(id: string): Record {
    const known = this.#records.get(id);
    if (known) return known;
    const record = { breaker: this.#newBreaker(), state: CircuitState.Closed, untilMs: 0, times: 0 };
    this.#records.set(id, record);
    return record;
  }

  #ejected(among: ReadonlySet<string>): readonly Record[] {
    return [...this.#records].flatMap(([id, record]) =>
      record.state === CircuitState.Open && among.has(id) ? record : [],
    );
  }
}
