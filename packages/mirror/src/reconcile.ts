import { type Entry, ValueTooLargeError, type Write } from "@coord/core";
import { type Directory, isEphemeral, type Pair } from "./directory.ts";
import { planOf, type Step } from "./plan.ts";
import { type BatchWriter, batchesOf } from "./writing.ts";

/** What is known of the directory in the target; `undefined` what has to be looked at first. */
interface Known {
  readonly target: Map<string, Entry>;
  readonly notes: Map<string, Entry> | undefined;
}

export interface Progress {
  /** Entries of the source that the target can't take, by key. */
  readonly refused: ReadonlyMap<string, Error>;
  /** How many steps are still to be done. */
  readonly behind: number;
}

/** Brings one directory of the target to what the source holds, in batches, as often as it takes. */
export class Reconciler {
  readonly pair: Pair;
  readonly #writer: BatchWriter;
  readonly #ledger: Directory | undefined;
  readonly #refused = new Map<string, Error>();
  #known: Known | undefined;
  #behind = 0;

  /** @param ledger the same directory of the ledger; without one nothing is removed, and nothing told apart that was made anew */
  constructor(pair: Pair, writer: BatchWriter, ledger: Directory | undefined) {
    this.pair = pair;
    this.#writer = writer;
    this.#ledger = ledger;
  }

  get progress(): Progress {
    return { refused: this.#refused, behind: this.#behind };
  }

  /** What the target holds is to be looked at anew before the next plan. */
  forget(): void {
    this.#known = undefined;
  }

  /** Works towards this state until there is nothing left to do, or `superseded` by a newer one. Whether it got there. */
  async approach(
    source: ReadonlyMap<string, Entry>,
    superseded: () => boolean,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    while (true) {
      this.#known ??= await this.#look(signal);
      const steps = this.#plan(source, this.#known);
      this.#behind = steps.length;
      if (steps.length === 0) return true;
      for (const batch of batchesOf(steps, this.pair.to.context.store.traits)) {
        if (!(await this.#perform(batch, this.#known, signal))) {
          this.#known = undefined;
          break;
        }
        if (superseded()) return false;
      }
    }
  }

  async #look(signal: AbortSignal | undefined): Promise<Known> {
    const [target, notes] = await Promise.all([this.pair.to.read(signal), this.#ledger?.read(signal)]);
    return { target: new Map(target), notes: notes && new Map(notes) };
  }

  #plan(source: ReadonlyMap<string, Entry>, { target, notes }: Known): readonly Step[] {
    const { to } = this.pair;
    const ledger = this.#ledger;
    return planOf({
      source: this.#fitting(source),
      target,
      keyOf: (segment) => to.at(segment),
      ledger: ledger && notes && { notes, keyOf: (segment) => ledger.at(segment) },
    });
  }

  /** What the target can't take is refused by name; the others go on. */
  #fitting(source: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
    const { name, maxValueBytes } = this.pair.to.context.store.traits;
    const tooLarge = [...source].filter(([, entry]) => !isEphemeral(entry) && entry.value.byteLength > maxValueBytes);
    this.#refused.clear();
    for (const [, { key, value }] of tooLarge) {
      const message = `The value of ${JSON.stringify(key)} has ${value.byteLength} bytes; ${name} takes ${maxValueBytes} at most. It is left out.`;
      this.#refused.set(key, new ValueTooLargeError(message, { operation: "mirror", key }));
    }
    if (tooLarge.length === 0) return source;
    const left = new Map(source);
    for (const [segment] of tooLarge) left.delete(segment);
    return left;
  }

  /** Whether it is certain what stands there now. */
  async #perform(batch: readonly Step[], known: Known, signal: AbortSignal | undefined): Promise<boolean> {
    const writes = batch.flatMap((step) => step.writes);
    const entries = await this.#writer.write(writes, signal);
    if (!entries) return false;
    const segments = batch.flatMap(({ segment, writes: { length } }) => Array<string>(length).fill(segment));
    for (const [index, write] of writes.entries()) {
      const { target, notes } = known;
      const segment = segments[index] ?? "";
      const map = keyOf(write) === this.pair.to.at(segment) ? target : notes;
      const entry = entries[index];
      if (entry) map?.set(segment, entry);
      else map?.delete(segment);
    }
    this.#behind = Math.max(0, this.#behind - batch.length);
    return true;
  }
}

function keyOf(write: Write): string {
  if ("create" in write) return write.create;
  if ("put" in write) return write.put;
  if ("update" in write) return write.update.key;
  return typeof write.remove === "string" ? write.remove : write.remove.key;
}
