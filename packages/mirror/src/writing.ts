import { CoordError, type Entry, type Traits, type Write } from "@coord/core";
import { isTransient, pause, type RecipeContext } from "@coord/core/recipe";
import type { Step } from "./plan.ts";

const troubledMs = 100;

/** Writes to the target one batch after the other, not faster than it was told to. */
export class BatchWriter {
  readonly #context: RecipeContext;
  readonly #perSecond: number;
  #readyMs: number;

  constructor(context: RecipeContext, perSecond: number) {
    this.#context = context;
    this.#perSecond = perSecond;
    this.#readyMs = context.runtime.now();
  }

  /**
   * What each write left behind. `undefined` where the plan was made on old news, or nobody can say what became of the writes: look
   * again, then plan anew; nothing is written twice, since each write names what it is made on.
   */
  async write(
    writes: readonly Write[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (Entry | undefined)[] | undefined> {
    const { store, runtime } = this.#context;
    await pause(runtime, this.#readyMs - runtime.now(), signal);
    signal?.throwIfAborted();
    this.#readyMs = Math.max(this.#readyMs, runtime.now()) + (writes.length / this.#perSecond) * 1_000;
    try {
      return (await store.commit({ writes }, { signal })).entries;
    } catch (error) {
      if (!CoordError.is(error, "CONFLICT") && !isTransient(error)) throw error;
      await pause(runtime, troubledMs * runtime.random(), signal);
      return undefined;
    }
  }
}

/** As many steps at once as one commit of the target takes. */
export function batchesOf(steps: readonly Step[], { maxWrites, maxValueBytes }: Traits): readonly (readonly Step[])[] {
  const batches: Step[][] = [];
  let room = { writes: 0, bytes: 0 };
  for (const step of steps) {
    const bytes = bytesOf(step);
    const last = batches.at(-1);
    if (last && step.writes.length <= room.writes && bytes <= room.bytes) last.push(step);
    else {
      batches.push([step]);
      room = { writes: maxWrites, bytes: maxValueBytes };
    }
    room = { writes: room.writes - step.writes.length, bytes: room.bytes - bytes };
  }
  return batches;
}

/** A key travels too, and some of what is around it. */
const overheadBytes = 256;

const bytesOf = ({ writes }: Step): number =>
  writes.reduce((sum, write) => sum + overheadBytes + ("value" in write ? write.value.byteLength : 0), 0);
