import { UsageError } from "@coord/core";
import { assertDuration, type Runtime, type Timer } from "@coord/core/recipe";
import { assertCount } from "./count.ts";
import { byId } from "./decoding.ts";
import { Instance } from "./instance.ts";

export interface LossGuardOptions {
  /** Losing more than this share at once is taken for a mistake. Default 0.8. */
  readonly share?: number | undefined;
  /** Of so many instances at least. Default 5. */
  readonly minimum?: number | undefined;
  /** What counts as at once, in milliseconds. Default 10 000. */
  readonly windowMs?: number | undefined;
  /** How long what was lost is shown nevertheless, in milliseconds. Default 60 000. */
  readonly keepMs?: number | undefined;
}

interface Loss {
  readonly instance: Instance;
  readonly atMs: number;
  keptUntilMs: number | undefined;
}

/**
 * When most of a service's instances vanish at once, it is more likely that the store or the way to it is in trouble than that they all
 * died: they are shown for a while longer, marked as `kept`. Who was seen draining left on purpose and isn't kept. (Eureka's self
 * preservation and Dubbo's protection against empty pushes, with an end to it.)
 */
export class LossGuard {
  readonly #runtime: Runtime;
  readonly #share: number;
  readonly #minimum: number;
  readonly #windowMs: number;
  readonly #keepMs: number;
  readonly #onExpired: () => void;
  #present: readonly Instance[] = [];
  readonly #losses = new Map<string, Loss>();
  #timer: Timer | undefined;

  constructor(runtime: Runtime, options: LossGuardOptions, onExpired: () => void) {
    const { share = 0.8, minimum = 5, windowMs = 10_000, keepMs = 60_000 } = options;
    if (!(share > 0 && share <= 1))
      throw new UsageError(`\`guard.share\` must be above 0 and 1 at most, got ${share}.`);
    assertCount("guard.minimum", minimum, 0);
    assertDuration("guard.windowMs", windowMs);
    assertDuration("guard.keepMs", keepMs);
    this.#runtime = runtime;
    this.#share = share;
    this.#minimum = minimum;
    this.#windowMs = windowMs;
    this.#keepMs = keepMs;
    this.#onExpired = onExpired;
  }

  /** What is to be shown, by id, when the store shows these. */
  guarded(present: readonly Instance[]): readonly Instance[] {
    const nowMs = this.#runtime.now();
    this.#note(present, nowMs);
    this.#judge(nowMs);
    const kept = [...this.#losses.values()].filter(({ keptUntilMs }) => keptUntilMs !== undefined);
    this.#arm(kept, nowMs);
    if (kept.length === 0) return present;
    return [...present, ...kept.map(({ instance }) => instance)].sort(byId);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #note(present: readonly Instance[], nowMs: number): void {
    const ids = new Set(present.map(({ id }) => id));
    for (const id of ids) this.#losses.delete(id);
    for (const instance of this.#present) {
      if (ids.has(instance.id) || instance.status === "draining") continue;
      const kept = new Instance(instance.service, instance.id, instance, true);
      this.#losses.set(instance.id, { instance: kept, atMs: nowMs, keptUntilMs: undefined });
    }
    this.#present = present;
    for (const [id, { atMs, keptUntilMs }] of this.#losses) {
      const over = keptUntilMs === undefined ? nowMs - atMs > this.#windowMs : nowMs >= keptUntilMs;
      if (over) this.#losses.delete(id);
    }
  }

  #judge(nowMs: number): void {
    const lost = this.#losses.size;
    const all = this.#present.length + lost;
    if (all < this.#minimum || lost <= this.#share * all) return;
    for (const loss of this.#losses.values()) loss.keptUntilMs ??= nowMs + this.#keepMs;
  }

  #arm(kept: readonly Loss[], nowMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (kept.length === 0) return;
    const nextMs = Math.min(...kept.map(({ keptUntilMs = nowMs }) => keptUntilMs));
    this.#timer = this.#runtime.timer(nextMs - nowMs, this.#onExpired, { keepAlive: false });
  }
}
