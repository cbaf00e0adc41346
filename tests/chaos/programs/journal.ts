import { openSync, writeSync } from "node:fs";
import { encodeEvent, type HistoryEvent } from "@coord/conformance";

/** Milliseconds on the monotonic clock of the machine, which all of its processes share; finer than a microsecond. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Where a process writes down what happened to it, a line each, at once: a kill costs at most the last line. */
export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(event: HistoryEvent): void {
    writeSync(this.#file, `${encodeEvent(event)}\n`);
  }
}
