import { type Commit, type Committed, type Key, type Runtime, type StoreOptions, UsageError } from "@coord/core/spi";
import type { Carriers } from "./carriers.ts";
import { type Asked, commit } from "./commit.ts";
import type { Connection, Send } from "./connection.ts";
import type { Directories } from "./directories.ts";
import type { Errand } from "./errors.ts";
import { leave, leaverOf } from "./leave.ts";
import { assertFree } from "./nodes.ts";
import { Rounds } from "./rounds.ts";
import { directoryOfVersion, keysOf, keyWritten } from "./seen.ts";
import type { ZooKeeperSession } from "./session.ts";
import { commitTogether } from "./together.ts";
import type { Acl } from "./wire/records.ts";

export interface CommitsParts {
  readonly carriers: Carriers;
  readonly acl: readonly Acl[];
  readonly directories: Directories;
  readonly runtime: Runtime;
}

/** The commits of one client: which connection carries each, and which of them go together. */
export class Commits {
  readonly #parts: CommitsParts;
  readonly #rounds = new WeakMap<Connection, Rounds<Asked, Committed>>();

  constructor(parts: CommitsParts) {
    this.#parts = parts;
  }

  commit(what: Commit, { signal }: StoreOptions = {}): Promise<Committed> {
    const leaver = leaverOf(what);
    if (leaver === undefined || this.#parts.carriers.closed.happened) return this.#inFull(what, signal);
    return this.#leave(leaver, signal).then((left) => {
      if (!left) return this.#inFull(what, signal);
      this.#parts.carriers.removed([leaver]);
      return left;
    });
  }

  async #inFull(what: Commit, signal: AbortSignal | undefined): Promise<Committed> {
    const { carriers } = this.#parts;
    for (const key of keysOf(what)) assertFree(key); // at once, whatever the connection does
    const [first] = what.writes;
    const errand = { verb: "commit", key: first && keyWritten(first), changes: true };
    const session = this.#sessionOf(what, errand);
    const connection = session?.connection ?? carriers.current();
    const asked = { what: { ...what, writes: what.writes.map(copy) }, signal, session: session?.id };
    const answer = await connection.call({ ...errand, signal, bound: session !== undefined }, (send) =>
      this.#commit(connection, send, asked),
    );
    carriers.removed(what.writes.flatMap((write) => ("remove" in write ? keyWritten(write) : [])));
    return answer;
  }

  /** Those of one directory that name versions would be in each other's way (`nothingCreated`). */
  #commit(connection: Connection, send: Send, asked: Asked): Promise<Committed> {
    const { acl, directories, runtime } = this.#parts;
    const context = { send, writing: connection.writing, acl, directories, runtime };
    const directory = directoryOfVersion(asked.what);
    if (directory === undefined) return commit(context, asked);
    const rounds = this.#rounds.get(connection) ?? new Rounds((all, settle) => commitTogether(context, all, settle));
    this.#rounds.set(connection, rounds);
    return rounds.join(directory, asked);
  }

  #leave(key: Key, signal: AbortSignal | undefined): Promise<Committed | undefined> {
    const connection = this.#parts.carriers.current();
    const errand = { verb: "commit", key, changes: true, signal };
    return connection.call(errand, () => leave(connection.writing, key));
  }

  #sessionOf({ writes }: Commit, errand: Errand): ZooKeeperSession | undefined {
    const named = writes.flatMap((write) => ("create" in write && write.session ? write.session : []));
    const [first, ...others] = named;
    if (!first) return undefined;
    if (others.some(({ id }) => id !== first.id)) {
      throw new UsageError("On ZooKeeper all that one commit binds is bound to the same session: split it.", {
        operation: errand.verb,
      });
    }
    return this.#parts.carriers.own(first, errand);
  }
}

/** The caller may change his own while the request waits to be sent. */
const copy = (write: Commit["writes"][number]): Commit["writes"][number] =>
  "value" in write ? { ...write, value: Buffer.from(write.value) } : write;
