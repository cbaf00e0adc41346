import type { Entry, Key } from "@coord/core/spi";
import type { Change, SessionRecord, Tables } from "@coord/memory";
import { directoriesIn } from "./directories.ts";
import { stepFailure } from "./failure.ts";
import type { File } from "./file.ts";
import type { Kept } from "./kept.ts";
import type { Room } from "./room.ts";
import {
  allSessions,
  allUnsaved,
  boundKeyOf,
  boundRow,
  boundTo,
  changeRow,
  childrenOf,
  counterRow,
  decodeChange,
  decodeEntry,
  decodeNumber,
  decodeSession,
  encodeChange,
  encodeEntry,
  encodeNumber,
  encodeSession,
  entryRow,
  idOf,
  keyOf,
  remembered,
  sessionRow,
  unsavedKeyOf,
  unsavedRow,
} from "./rows.ts";

/** An entry that differs from what was kept: what it is now, `undefined` if there is nothing to keep. */
export interface Unsaved {
  readonly key: Key;
  readonly entry: Entry | undefined;
  readonly since: bigint;
}

const nothing = Buffer.alloc(1);

/**
 * The tables of a store that the processes of one machine share: each step is one transaction of LMDB, under its lock for
 * writers, which dies with its process. A commit is with the system when it is done, so it outlives every process; what was
 * written for good is then kept on the disk.
 */
export class LiveTables implements Tables {
  readonly #file: File;
  readonly #kept: Kept;
  readonly #room: Room;
  readonly #committed: () => void;
  /** The commit counter within a step. */
  #revision = 0n;
  #moment: "none" | "read" | "write" = "none";
  /** What the step has written so far, or the last one wrote. */
  #changes: (Change & { readonly keys: Key[] })[] = [];
  /** Up to which commit changes have been told. */
  #told: bigint;
  #unsaved = false;

  /** @param committed told after each step that changed something others may wait for */
  constructor(file: File, kept: Kept, room: Room, committed: () => void) {
    this.#file = file;
    this.#kept = kept;
    this.#room = room;
    this.#committed = committed;
    this.#told = this.read(() => this.revision);
  }

  /** Brings the store to life after a boot, in one step: what was kept, and a counter beyond every earlier one. */
  static awaken(file: File, kept: Kept): void {
    file.transactionSync(() => {
      if (file.get(counterRow)) return;
      const { entries, revision } = kept.renew();
      for (const entry of entries) file.putSync(entryRow(entry.key), encodeEntry(entry));
      file.putSync(counterRow, encodeNumber(revision));
    });
  }

  get revision(): bigint {
    return this.#moment === "write" ? this.#revision : decodeNumber(this.#get(counterRow));
  }

  write<T>(step: () => T): T {
    this.#moment = "write";
    this.#changes = [];
    try {
      return this.#file.transactionSync(() => {
        this.#revision = decodeNumber(this.#get(counterRow));
        const result = step();
        this.#conclude();
        return result;
      });
    } catch (error) {
      this.#changes = [];
      throw stepFailure(error, this.#file.path);
    } finally {
      this.#moment = "none";
      if (this.#changes.length > 0) this.#committed();
    }
  }

  /** What is read is let go at once: a process that is stopped must not keep others from using its space again. */
  read<T>(look: () => T): T {
    if (this.#moment !== "none") return look();
    this.#moment = "read";
    try {
      return look();
    } finally {
      this.#moment = "none";
      this.#file.resetReadTxn();
    }
  }

  advance(): bigint {
    this.#revision += 1n;
    this.#changes.push({ revision: this.#revision, keys: [] });
    return this.#revision;
  }

  entry(key: Key): Entry | undefined {
    const found = this.#get(entryRow(key));
    return found && decodeEntry(key, found);
  }

  children(under: Key): Entry[] {
    return [...this.#file.getRange(childrenOf(under)).map(({ key, value }) => decodeEntry(keyOf(key), value))];
  }

  directories(under: Key): readonly Key[] {
    return directoriesIn(this.#file, under);
  }

  put(entry: Entry): void {
    this.#room.take(entry.value.length);
    this.#put(entryRow(entry.key), encodeEntry(entry));
    if (entry.session === undefined) this.#markUnsaved(entry.key);
    else this.#put(boundRow(entry.session, entry.key), nothing);
    this.#changes.at(-1)?.keys.push(entry.key);
  }

  remove(key: Key): void {
    const found = this.entry(key);
    if (!found) return;
    this.#remove(entryRow(key));
    if (found.session === undefined) this.#markUnsaved(key);
    else this.#remove(boundRow(found.session, key));
    this.#changes.at(-1)?.keys.push(key);
  }

  sessions(): SessionRecord[] {
    return [...this.#file.getRange(allSessions).map(({ key, value }) => decodeSession(idOf(key), value))];
  }

  session(id: string): SessionRecord | undefined {
    const found = this.#get(sessionRow(id));
    return found && decodeSession(id, found);
  }

  /** Counts as a commit, so that others learn of a session that may end before those they know of. */
  newSessionId(): string {
    this.#room.take(0);
    return `session-${this.advance()}`;
  }

  putSession(session: SessionRecord): void {
    this.#put(sessionRow(session.id), encodeSession(session));
  }

  removeSession(id: string): void {
    this.#remove(sessionRow(id));
  }

  bound(id: string): readonly Key[] {
    return [...this.#file.getKeys(boundTo(id)).map(boundKeyOf)];
  }

  written(): readonly Change[] | undefined {
    const own = this.#changes;
    this.#changes = [];
    const last = own.at(-1);
    if (last && own[0]?.revision === this.#told + 1n) {
      this.#told = last.revision;
      return own;
    }
    return this.read(() => this.#writtenSince());
  }

  saved(): Promise<void> | undefined {
    if (!this.#unsaved) return undefined;
    this.#unsaved = false;
    return this.#kept.save(this);
  }

  abandoned(): void {
    this.#file.readerCheck();
  }

  /** Whether somebody has committed what was not told yet. */
  get changed(): boolean {
    return this.read(() => this.revision) !== this.#told;
  }

  /** What is to be kept, at one moment. */
  unsaved(): { readonly revision: bigint; readonly unsaved: readonly Unsaved[] } {
    return this.read(() => ({
      revision: this.revision,
      unsaved: [...this.#file.getRange(allUnsaved)].map(({ key: found, value }) => {
        const key = unsavedKeyOf(found);
        const entry = this.entry(key);
        return { key, entry: entry?.session === undefined ? entry : undefined, since: decodeNumber(value) };
      }),
    }));
  }

  /** These have been kept as they were; those that were written since are still to be. */
  forget(saved: readonly Unsaved[]): void {
    this.write(() => {
      for (const { key, since } of saved) {
        if (decodeNumber(this.#get(unsavedRow(key))) === since) this.#remove(unsavedRow(key));
      }
    });
  }

  #conclude(): void {
    for (const { revision, keys } of this.#changes) this.#put(changeRow(revision), encodeChange(revision, keys));
    if (this.#changes.length > 0) this.#put(counterRow, encodeNumber(this.#revision));
  }

  #writtenSince(): readonly Change[] | undefined {
    const [from, to] = [this.#told, this.revision];
    this.#told = to;
    if (to - from > remembered) return undefined;
    const changes: Change[] = [];
    for (let revision = from + 1n; revision <= to; revision += 1n) {
      const found = this.#get(changeRow(revision));
      const change = found && decodeChange(found);
      if (change?.revision !== revision) return undefined;
      changes.push(change);
    }
    return changes;
  }

  #markUnsaved(key: Key): void {
    this.#unsaved = true;
    this.#put(unsavedRow(key), encodeNumber(this.#revision));
  }

  /** Good until the next row is read. */
  #get(row: Buffer): Buffer | undefined {
    return this.#file.getBinaryFast(row);
  }

  #put(row: Buffer, value: Buffer): void {
    this.#file.putSync(row, value);
  }

  #remove(row: Buffer): void {
    this.#file.removeSync(row);
  }
}
