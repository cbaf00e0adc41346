import type { Entry, Key } from "@coord/core/spi";
import type { Change, SessionRecord, Tables } from "@coord/memory";
import type { Changes } from "./changes.ts";
import { Company } from "./company.ts";
import { directoriesIn } from "./directories.ts";
import { stepFailure } from "./failure.ts";
import type { File } from "./file.ts";
import type { Gate } from "./gate.ts";
import type { Kept } from "./kept.ts";
import { KnownChildren } from "./known-children.ts";
import type { Room } from "./room.ts";
import { Table } from "./table.ts";

/** An entry that differs from what was kept: what it is now, `undefined` if there is nothing to keep. */
export interface Unsaved {
  readonly key: Key;
  readonly entry: Entry | undefined;
  readonly since: bigint;
}

/**
 * The tables of a store that the processes of one machine share: each step is one transaction of LMDB, under its lock for
 * writers, which dies with its process. A commit is with the system when it is done, so it outlives every process; what was
 * written for good is then kept on the disk.
 */
export class LiveTables implements Tables {
  readonly #gate: Gate;
  readonly #file: File;
  readonly #table: Table;
  readonly #company: Company;
  readonly #kept: Kept;
  readonly #room: Room;
  readonly #latest: Changes;
  readonly #committed: () => void;
  readonly #known = new KnownChildren();
  /** The commit counter of this moment, or of the last one: children are known as of then. */
  #revision = 0n;
  #moment: "none" | "read" | "write" = "none";
  /** What the step has written so far, or the last one wrote. */
  #changes: (Change & { readonly keys: Key[] })[] = [];
  /** Up to which commit changes have been told. */
  #told: bigint;
  #unsaved = false;

  /** @param committed told after each step that changed something others may wait for, if there are others */
  constructor(gate: Gate, file: File, kept: Kept, room: Room, latest: Changes, committed: () => void) {
    this.#gate = gate;
    this.#file = file;
    this.#table = new Table(file);
    this.#company = new Company(this.#table);
    this.#kept = kept;
    this.#room = room;
    this.#latest = latest;
    this.#committed = committed;
    this.write(() => this.#company.join());
    this.#told = this.#revision;
  }

  /** Brings the store to life after a boot, in one step: what was kept, and a counter beyond every earlier one. */
  static awaken(gate: Gate, file: File, kept: Kept): void {
    const table = new Table(file);
    const step = () => {
      if (table.begin() > 0n) return;
      const { entries, revision } = kept.renew();
      for (const entry of entries) table.put(entry);
      table.counter = revision;
    };
    gate.pass(() => file.transactionSync(step));
  }

  get revision(): bigint {
    return this.read(() => this.#revision);
  }

  write<T>(step: () => T): T {
    this.#moment = "write";
    this.#changes = [];
    try {
      return this.#gate.pass(() => this.#file.transactionSync(() => this.#inMoment(step)));
    } catch (error) {
      this.#changes = [];
      this.#known.forget();
      throw stepFailure(error, this.#file.path);
    } finally {
      this.#moment = "none";
      if (this.#changes.length > 0 && !this.#company.alone) this.#committed();
    }
  }

  /** What is read is let go at once: a process that is stopped must not keep others from using its space again. */
  read<T>(look: () => T): T {
    if (this.#moment !== "none") return look();
    this.#moment = "read";
    try {
      this.#catchUp();
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
    const known = this.#known.entry(key);
    return known === undefined ? this.#table.entry(key) : (known ?? undefined);
  }

  children(under: Key): readonly Entry[] {
    const known = this.#known.children(under);
    if (known) return known;
    const entries = this.#table.children(under);
    this.#known.learn(under, entries);
    return entries;
  }

  directories(under: Key): readonly Key[] {
    return directoriesIn(this.#file, under);
  }

  put(entry: Entry): void {
    this.#room.take(entry.value.length);
    this.#table.put(entry, this.#revision);
    this.#changed(entry.key, entry, entry.session);
  }

  remove(key: Key): void {
    const found = this.entry(key);
    if (!found) return;
    this.#table.remove(found);
    this.#changed(key, undefined, found.session);
  }

  sessions(): SessionRecord[] {
    return this.#table.sessions();
  }

  session(id: string): SessionRecord | undefined {
    return this.#table.session(id);
  }

  /** Counts as a commit, so that others learn of a session that may end before those they know of. */
  newSessionId(): string {
    this.#room.take(0);
    return `session-${this.advance()}`;
  }

  putSession(session: SessionRecord): void {
    this.#table.putSession(session);
  }

  removeSession(id: string): void {
    this.#table.removeSession(id);
  }

  bound(id: string): readonly Key[] {
    return this.#table.bound(id);
  }

  written(): readonly Change[] | undefined {
    const own = this.#changes;
    this.#changes = [];
    const last = own.at(-1);
    if (last && own[0]?.revision === this.#told + 1n) {
      this.#told = last.revision;
      return own;
    }
    const from = this.#told;
    this.#told = this.revision;
    return this.#latest.between(from, this.#told);
  }

  saved(): Promise<void> | undefined {
    if (!this.#unsaved) return undefined;
    this.#unsaved = false;
    return this.#kept.save(this);
  }

  abandoned(): void {
    this.#file.readerCheck();
    this.write(() => this.#company.review());
  }

  /** Nobody need tell us any more. Whoever can't say so counts as there for as long as its process runs. */
  leave(): void {
    try {
      this.write(() => this.#company.leave());
    } catch {}
  }

  /** Whether somebody has committed what was not told yet. */
  get changed(): boolean {
    return this.revision !== this.#told;
  }

  /** What is to be kept, at one moment. */
  unsaved(): { readonly revision: bigint; readonly unsaved: readonly Unsaved[] } {
    return this.read(() => ({
      revision: this.#revision,
      unsaved: this.#table.unsaved().map(({ key, since }) => {
        const entry = this.entry(key);
        return { key, entry: entry?.session === undefined ? entry : undefined, since };
      }),
    }));
  }

  /** These have been kept as they were; those that were written since are still to be. */
  forget(saved: readonly Unsaved[]): void {
    this.write(() => {
      for (const { key, since } of saved) this.#table.unmarkUnsaved(key, since);
    });
  }

  #inMoment<T>(step: () => T): T {
    this.#catchUp();
    const result = step();
    this.#conclude();
    return result;
  }

  #conclude(): void {
    if (this.#changes.length === 0) return;
    if (!this.#company.alone) this.#latest.write(this.#changes);
    this.#table.counter = this.#revision;
  }

  /** Begins a moment: what others have committed since the last one is to be known. */
  #catchUp(): void {
    const from = this.#revision;
    this.#revision = this.#table.begin();
    this.#company.look();
    if (this.#revision === from || this.#known.empty) return;
    try {
      this.#known.follow(this.#latest.between(from, this.#revision), (key) => this.#table.entry(key));
    } catch (error) {
      this.#known.forget(); // it follows no more
      throw error;
    }
  }

  #changed(key: Key, entry: Entry | undefined, session: string | undefined): void {
    this.#changes.at(-1)?.keys.push(key);
    this.#known.change(key, entry);
    if (session !== undefined) return;
    this.#unsaved = true;
    this.#table.markUnsaved(key, this.#revision);
  }
}
