import { closeSync, constants, type FSWatcher, fstatSync, openSync, statSync, watch, writeSync } from "node:fs";
import type { Runtime, Timer } from "@coord/core/spi";
import { permitFile } from "./folder.ts";

/** How often to look where nothing wakes us: soon after something was found, seldom when all is quiet. */
const soonMs = 5;
const seldomMs = 50;
/** Where nudges arrive they are relied on, and looking besides only covers for a process that died before it could nudge. */
const assuredMs = 1_000;

const nudge = Buffer.from(".");

/**
 * How a process learns of what others commit: each writes a byte to one small file after its commits, and who waits is
 * woken by the system as it watches that file. A timer looks besides, which is all there is where files can't be watched;
 * it also sees that another file has taken the place of ours, whose name is all that processes have in common.
 */
export class Ear {
  readonly #path: string;
  readonly #mode: number;
  readonly #runtime: Runtime;
  readonly #look: () => boolean;
  #file: number;
  #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #waitMs = soonMs;
  /** The last that was heard of was heard by watching. */
  #assured = false;

  /** @param look looks for what others have committed, and tells whether there was something */
  constructor(path: string, mode: number, runtime: Runtime, look: () => boolean) {
    this.#path = path;
    this.#mode = mode;
    this.#file = this.#open();
    this.#runtime = runtime;
    this.#look = look;
  }

  /** Wakes those who listen, in every process. */
  nudge(): void {
    try {
      writeSync(this.#file, nudge, 0, 1, 0);
    } catch {} // their timers find out
  }

  /** From now on; the first that is heard is ourselves, if anything can be. */
  listen(): void {
    if (this.#timer) return;
    this.#watch();
    this.#wait();
    this.nudge();
  }

  close(): void {
    this.#timer?.cancel();
    this.#watcher?.close();
    closeSync(this.#file);
  }

  #open(): number {
    const file = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT, this.#mode);
    try {
      permitFile(this.#path, this.#mode);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return file;
  }

  /** Opens the file anew if somebody has removed or replaced it. */
  #follow(): void {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.ino === fstatSync(this.#file).ino) return;
      const file = this.#open();
      closeSync(this.#file);
      this.#file = file;
    } catch {
      return; // the next look tries again
    }
    this.#watcher?.close();
    this.#watch();
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
    } catch {
      this.#assured = false; // the system has no more watches to give
    }
  }

  #wait(): void {
    this.#timer = this.#runtime.timer(this.#waitMs, () => this.#lookOnTime(), { keepAlive: false });
  }

  /** What the timer finds first may be on its way by the other road, too: if so that will be relied on again. */
  #lookOnTime(): void {
    this.#follow();
    const found = this.#look();
    if (found) this.#assured = false;
    this.#waitMs = this.#assured ? assuredMs : found ? soonMs : Math.min(2 * this.#waitMs, seldomMs);
    this.#wait();
  }
}
