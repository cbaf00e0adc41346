import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from "node:fs";
import type { Runtime, Timer } from "@coord/core/spi";

/** How often to look where nothing wakes us: soon after something was found, seldom when all is quiet. */
const soonMs = 5;
const seldomMs = 50;
/** Where nudges arrive they are relied on, and looking besides only covers for a process that died before it could nudge. */
const assuredMs = 1_000;

const nudge = Buffer.from(".");

/**
 * How a process learns of what others commit: each writes a byte to one small file after its commits, and who waits is
 * woken by the system as it watches that file. A timer looks besides, which is all there is where files can't be watched.
 */
export class Ear {
  readonly #path: string;
  readonly #file: number;
  readonly #runtime: Runtime;
  readonly #look: () => boolean;
  #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #waitMs = soonMs;
  /** The last that was heard of was heard by watching. */
  #assured = false;

  /** @param look looks for what others have committed, and tells whether there was something */
  constructor(path: string, mode: number, runtime: Runtime, look: () => boolean) {
    this.#path = path;
    this.#file = openSync(path, constants.O_WRONLY | constants.O_CREAT, mode);
    this.#runtime = runtime;
    this.#look = look;
  }

  /** Wakes those who listen, in every process. */
  nudge(): void {
    try {
      writeSync(this.#file, nudge, 0, 1, 0);
    } catch {} // their timers find out
  }

  /** From now on. */
  listen(): void {
    if (this.#timer) return;
    this.#watch();
    this.#wait();
  }

  close(): void {
    this.#timer?.cancel();
    this.#watcher?.close();
    closeSync(this.#file);
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => {
        this.#assured = true;
        this.#look();
      });
      this.#watcher.on("error", () => {
        this.#assured = false;
        this.#watcher?.close();
      });
    } catch {} // the system has no more watches to give
  }

  #wait(): void {
    this.#timer = this.#runtime.timer(this.#waitMs, () => this.#lookOnTime(), { keepAlive: false });
  }

  /** What the timer finds first may be on its way by the other road, too: if so that will be relied on again. */
  #lookOnTime(): void {
    const found = this.#look();
    if (found) this.#assured = false;
    this.#waitMs = this.#assured ? assuredMs : found ? soonMs : Math.min(2 * this.#waitMs, seldomMs);
    this.#wait();
  }
}
