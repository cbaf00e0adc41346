import {
  type Contender,
  encodeOwner,
  type Key,
  type LineRules,
  newContender,
  type RecipeContext,
  type Wait,
  type Write,
  waiting,
} from "@coord/core/recipe";

/** After so many conflicts in one call the writer stands in line. */
const patientFrom = 2;
/** Longer than this nobody waits for one who may have stopped: compare-and-set decides, with a turn or without. */
const longestWaitMs = 2_000;

const kind = "writer";

/** Per client, the lines of the documents that others were found to write at the same time. */
const contended = new WeakMap<RecipeContext, Set<Key>>();

/**
 * One call's turn among the writers of a document. Where many write at once each would forestall the others, so that most attempts are in vain, and whose are is chance; one after the
 * other they each need one. It is a courtesy, on which nothing depends: who can't have a turn in time writes without.
 */
export class Turn {
  readonly #context: RecipeContext;
  readonly #line: Key;
  readonly #busy: Set<Key>;
  #contender: Contender | undefined;

  constructor(context: RecipeContext, line: Key) {
    this.#context = context;
    this.#line = line;
    this.#busy = contended.get(context) ?? new Set();
    contended.set(context, this.#busy);
  }

  /** Waits for it, where it is of use. */
  async take(conflicts: number, wait: Wait): Promise<void> {
    if (conflicts >= patientFrom) this.#busy.add(this.#line);
    if (this.#contender || !this.#busy.has(this.#line)) return;
    const timeout = () => new Error("the turn did not come in time");
    const limits = { signal: wait.signal, waitMs: longestWaitMs, timeout };
    await waiting(this.#context.runtime, limits, (limited) => this.#stand(limited)).catch(() => wait.throwIfOver());
  }

  /** What gives the turn to the next one together with what was written in it, so that he is told of both by one commit. */
  get departure(): readonly Write[] {
    return this.#contender?.departure ?? [];
  }

  departed(): void {
    this.#contender?.departed();
  }

  leave(): void {
    void this.#contender?.leave();
  }

  async #stand(wait: Wait): Promise<void> {
    const { owner, runtime } = this.#context;
    const rules: LineRules = {
      line: this.#line,
      kind,
      belongs: (other) => other === kind,
      blockers: (ahead) => ahead.slice(-1),
      value: () => encodeOwner(owner, runtime.wallClock()),
    };
    this.#contender = await newContender(this.#context, rules, wait);
    const place = await this.#contender.stand(wait);
    if (place.ahead.length === 0) this.#busy.delete(this.#line);
    else await this.#contender.reachFront(place, wait);
  }
}
