import { existsSync, writeFileSync } from "node:fs";
import { ABORT } from "lmdb";
import { type File, isBroken, openFile } from "./file.ts";

/** Each is broken by chance of microseconds, so several in a row are broken by something else. */
const attempts = 8;

/**
 * Who opens the live file, who writes to it and who closes it go through one at a time. LMDB, as it opens a file, writes into the memory that
 * all processes share which transaction is the latest, as it has read it some moments before: a commit in between would be
 * undone, and its pages given away. The gate is a file of LMDB's too, for its lock alone, which dies with its process; no
 * transaction on it ever writes, so opening it can't do the same to it.
 */
export class Gate {
  readonly path: string;
  readonly #file: File;

  /** @param base what the paths of the gate and of those that take its place begin with */
  constructor(base: string, mode: number) {
    const { path, file } = opened(base, mode);
    this.path = path;
    this.#file = file;
  }

  pass<T>(work: () => T): T {
    let result: { readonly of: T } | undefined;
    this.#file.transactionSync(() => {
      this.#file.getWriteTxnId(); // throws if the library could begin none, and would go on without
      result = { of: work() };
      return ABORT;
    });
    return (result as unknown as { readonly of: T }).of;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * The last one to close a gate takes its lock apart, and one who was waiting to open it just then has a broken gate. So have all who come
 * later, as only one who finds nobody there makes the lock anew, and the library gives no way to let go what it failed to open. While we have it
 * open, then, nobody passes there: we mark it as given up, and all go on to the next. Who has opened one looks for the mark once more,
 * as it may have been whole again since.
 */
function opened(base: string, mode: number): { readonly path: string; readonly file: File } {
  let failures = 0;
  for (let number = 1; ; number += 1) {
    const path = `${base}-${number}.mdb`;
    const mark = `${path}-broken`;
    if (existsSync(mark)) continue;
    try {
      const file = openFile(path, mode);
      if (!existsSync(mark)) return { path, file };
      void file.close();
    } catch (error) {
      failures += 1;
      if (!isBroken(error) || failures === attempts) throw error;
      writeFileSync(mark, "", { mode });
    }
  }
}
