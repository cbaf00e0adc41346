import { statfsSync } from "node:fs";
import { UnavailableError } from "@coord/core/spi";
import { machineNow } from "./machine.ts";

/** Never used up: so that what is under way can be finished, sessions can be renewed and entries removed. */
const reserveBytes = 8 * 2 ** 20;

/** What a step may write besides what it was asked for. */
const stepBytes = 64 * 2 ** 10;

const measuredForMs = 1_000;

/**
 * Refuses what the disk may have no room for, before it is written: LMDB is not to be relied on once a write of its own
 * has failed for want of room. Measured once a second, and more often where that much can be written meanwhile.
 */
export class Room {
  readonly #folder: string;
  #untilMs = 0;
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws UnavailableError when nothing should be written any more */
  take(bytes: number): void {
    const needed = bytes + stepBytes;
    if (machineNow() >= this.#untilMs || needed > this.#bytes) this.#measure();
    if (needed > this.#bytes) {
      throw new UnavailableError(
        `The disk of the embedded store at ${this.#folder} is full: make room. Nothing was written.`,
      );
    }
    this.#bytes -= needed;
  }

  /** A fourth of what is free: it is written twice, and others write too. */
  #measure(): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    this.#bytes = (bavail * bsize - reserveBytes) / 4;
    this.#untilMs = machineNow() + measuredForMs;
  }
}
