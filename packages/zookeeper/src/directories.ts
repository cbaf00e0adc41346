import type { Send } from "./connection.ts";
import { isRefused, unless } from "./errors.ts";
import { parentPath, rootPath } from "./nodes.ts";
import { errorCode } from "./wire/codes.ts";
import { createContainer, single } from "./wire/ops.ts";
import { type Acl, createMode } from "./wire/records.ts";

/** What is no reason to stop: it is there already, or only somebody else may make it, and then it shows at what is made in it. */
const thereOrNotOurs = unless(errorCode.nodeExists, errorCode.noAuth);

/** Why there may be no such directory. */
export interface Trouble {
  readonly error: unknown;
}

/** As many are remembered; then all are forgotten, and looked after again. */
const remembered = 10_000;

/**
 * The directories that a client has found or made. They are containers, which the server removes when they have been
 * emptied, so one that is remembered may be gone; what is made in it then fails, and is tried again.
 */
export class Directories {
  readonly #acl: readonly Acl[];
  readonly #known = new Set<string>([rootPath]);
  #containers = true;

  constructor(acl: readonly Acl[]) {
    this.#acl = acl;
  }

  /** Whether it needn't be made, as far as is known. */
  knows(path: string): boolean {
    return this.#known.has(path);
  }

  /**
   * Makes a directory that isn't known, and those above it, in one round trip together with what is sent after it.
   * Where a server doesn't know containers they are plain nodes. It never rejects: what is wrong matters only if it turns out that
   * nothing was made there.
   */
  prepare(send: Send, path: string): Promise<Trouble | undefined> {
    return this.#prepare(send, path).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  }

  async #prepare(send: Send, path: string): Promise<void> {
    const unknown: string[] = [];
    for (let each = path; !this.#known.has(each); each = parentPath(each)) unknown.unshift(each);
    if (unknown.length === 0) return;
    const made = await Promise.all(unknown.map((each) => this.#make(send, each)));
    if (made.includes(false)) return this.vanished(path); // one above, which was known, is gone: so what is made in it fails, and is tried again
    if (this.#known.size > remembered) this.#known.clear();
    for (const each of [rootPath, ...unknown]) this.#known.add(each);
  }

  /** It was not there when something was to be made in it. */
  vanished(path: string): void {
    for (let each = path; each !== rootPath; each = parentPath(each)) this.#known.delete(each);
  }

  /** Whether there was a place for it. */
  async #make(send: Send, path: string): Promise<boolean> {
    const directory = { op: "create", path, data: null, acl: this.#acl, mode: createMode.persistent } as const;
    const asContainer = this.#containers;
    try {
      await send(asContainer ? createContainer(path, this.#acl) : single(directory)).catch(thereOrNotOurs);
      return true;
    } catch (error) {
      if (isRefused(error, errorCode.noNode)) return false;
      if (!asContainer) throw error;
      unless(errorCode.unimplemented)(error);
      this.#containers = false;
      return this.#make(send, path);
    }
  }
}
