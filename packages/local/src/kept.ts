import { type Entry, systemRuntime, UsageError } from "@coord/core/spi";
import type { File } from "./file.ts";
import type { LiveTables } from "./live.ts";
import { allEntries, decodeEntry, encodeEntry, entryRow, formatRow, keyOf } from "./rows.ts";

const format = 1;

/** Between the commits of one boot and those of the next: more than a boot can commit, so that no token comes twice. */
const commitsOfABoot = 1n << 40n;

/**
 * What survives a power failure: the entries that were written for good, as they were at some commit. Each commit of this
 * file is on the disk when it is done, which takes milliseconds, once for all who wait for it in a turn of the event loop.
 */
export class Kept {
  readonly #file: File;
  #round: Promise<void> | undefined;

  /** @throws UsageError if a newer version has written the file */
  constructor(file: File) {
    this.#file = file;
    const found = file.get(formatRow)?.readUInt32BE();
    if (found === undefined || found === format) return;
    throw new UsageError(
      `The embedded store at ${file.path} has the format ${found}, and this version of @coord/local knows ${format}. Use a newer @coord/local, or name another folder.`,
      { operation: "connect" },
    );
  }

  entries(): Iterable<Entry> {
    return this.#file.getRange(allEntries).map(({ key, value }) => decodeEntry(keyOf(key), value));
  }

  /** Counts the store's boots, on the disk, and tells where the commits of this one begin. */
  newEra(): bigint {
    return this.#file.transactionSync(() => {
      const era = (this.#file.get(formatRow)?.readUInt32BE(4) ?? 0) + 1;
      const value = Buffer.alloc(8);
      value.writeUInt32BE(format, 0);
      value.writeUInt32BE(era, 4);
      this.#file.putSync(formatRow, value);
      return BigInt(era) * commitsOfABoot;
    });
  }

  /** Resolves when all that was written for good before the call is on the disk. Those who ask in one turn share one commit. */
  save(live: LiveTables): Promise<void> {
    this.#round ??= new Promise((resolve, reject) => {
      systemRuntime.timer(0, () => {
        this.#round = undefined;
        try {
          this.#save(live);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#round;
  }

  /** When what is under way is done. */
  async close(): Promise<void> {
    await this.#round?.catch(() => {});
    await this.#file.close();
  }

  /** Under the lock of this file, so that of two processes the later one has the later state. */
  #save(live: LiveTables): void {
    const saved = this.#file.transactionSync(() => {
      const unsaved = live.unsaved();
      for (const { key, entry } of unsaved) {
        if (entry) this.#file.putSync(entryRow(key), encodeEntry(entry));
        else this.#file.removeSync(entryRow(key));
      }
      return unsaved;
    });
    live.forget(saved);
  }
}
