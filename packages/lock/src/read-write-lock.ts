import { type Coord, type Entry, UsageError } from "@coord/core";
import { decodeJson, encodeOwner, type Grant, Hold, type Line, type Rival } from "@coord/core/recipe";
import { type Contestant, contestant, entriesInLine, type LineState } from "./contestants.ts";
import { Lock } from "./lock.ts";
import { wording } from "./wording.ts";

/** The kinds of Curator's InterProcessReadWriteLock, so that both stand in one line. */
const kinds = { read: "__READ__", write: "__WRIT__" } as const;
type Mode = keyof typeof kinds;

export interface ReadWriteState extends LineState {
  readonly writer: Contestant | null;
  readonly readers: readonly Contestant[];
  /** In the order in which they stand in line. */
  readonly waiters: readonly (Contestant & { readonly mode: Mode })[];
}

/**
 * Many readers or one writer. All stand in one line: a reader waits for the writers ahead of it, a writer for all ahead of
 * it, and nobody overtakes. A write hold can be turned into a read hold without letting anybody write in between; the other way
 * round is refused, for two who tried would wait for each other. (Courtois, Heymans and Parnas, "Concurrent Control with 'Readers' and
 * 'Writers'", 1971; the fair form is Curator's.)
 */
export class ReadWriteLock {
  readonly name: string;
  readonly read: ReadLock;
  readonly write: WriteLock;

  /** @throws UsageError when `name` can't be a name on every store. */
  constructor(coord: Coord, name: string) {
    this.name = name;
    this.read = new ReadLock(coord, name);
    this.write = new WriteLock(coord, name);
  }

  /** Who reads or writes and who waits, without taking part. */
  async inspect(): Promise<ReadWriteState> {
    const { entries, foreign } = await entriesInLine(this.read);
    const line = entries.map((entry) => ({ ...contestant(entry), mode: modeOf(entry) }));
    const [first] = line;
    const firstWriter = line.findIndex(({ mode }) => mode === "write");
    const inside = firstWriter < 0 ? line.length : Math.max(firstWriter, 1);
    const shown = line.slice(0, inside).map(({ mode: _, ...who }) => who);
    const waiters = line.slice(inside);
    return first?.mode === "write"
      ? { writer: shown[0] ?? null, readers: [], waiters, foreign }
      : { writer: null, readers: shown, waiters, foreign };
  }
}

/** A hold of a read-write lock. */
export class ReadHold extends Hold {
  readonly #grant: Grant;

  constructor(grant: Grant) {
    super(grant);
    this.#grant = grant;
  }

  override nest(): ReadHold {
    this.check();
    return new ReadHold(this.#grant);
  }
}

export class WriteHold extends Hold {
  readonly #grant: Grant;
  /** What it becomes, or has become. */
  #reading: ReadHold | undefined;

  constructor(grant: Grant) {
    super(grant);
    this.#grant = grant;
  }

  override get successor(): Hold {
    return this.#reading ?? this;
  }

  override nest(): WriteHold {
    this.check();
    this.#refuseReading("nest in the read hold that downgrade() gives");
    return new WriteHold(this.#grant);
  }

  /**
   * Turns it into a read hold in one atomic step: other readers may come in, nobody can have written in between. The token stays, and this
   * hold is over; one that fails gives it back. One request to look and one to write.
   *
   * @throws UsageError while other holds are nested in it, and where it was called before; LockLostError when it is lost.
   */
  async downgrade(): Promise<ReadHold> {
    this.check();
    this.#refuseReading("use the read hold that the first downgrade() gives");
    if (this.#grant.shared)
      throw new UsageError(
        `The write hold of ${JSON.stringify(this.name)} has others nested in it, which may still write: release them before downgrade().`,
        { operation: "lock.downgrade", key: this.name },
      );
    const { owner, runtime } = this.#grant.context;
    const reading = new ReadHold(this.#grant);
    this.#reading = reading;
    try {
      await this.rewrite(encodeOwner(owner, runtime.wallClock(), { mode: "read" }));
      await this.release();
      return reading;
    } catch (error) {
      void reading.release();
      void this.release(); // what was written isn't known: readers may be let in
      throw error;
    }
  }

  #refuseReading(instead: string): void {
    if (!this.#reading) return;
    throw new UsageError(
      `The write hold of ${JSON.stringify(this.name)} is being turned into a read hold by downgrade(): ${instead}.`,
      { operation: "lock.downgrade", key: this.name },
    );
  }
}

abstract class Side<H extends Hold> extends Lock<H> {
  protected sideFor(mode: Mode): Omit<Line<H>, "blockers" | "hold"> {
    const { owner, runtime } = this.context;
    return {
      ...wording(this.name, `${mode} lock`),
      line: this.key,
      kind: kinds[mode],
      belongs: (other) => other === kinds.read || other === kinds.write,
      value: () => encodeOwner(owner, runtime.wallClock(), { mode }),
    };
  }
}

export class ReadLock extends Side<ReadHold> {
  override readonly exclusive = false;

  protected override lineFor(): Line<ReadHold> {
    return {
      ...this.sideFor("read"),
      blockers: (ahead) => ahead.filter(mayWrite).slice(-1), // who is ahead of that one is in its way, not in ours
      admits: (ahead) => this.#admits(ahead),
      hold: (grant) => new ReadHold(grant),
    };
  }

  /** A writer that is first in line may have been downgraded meanwhile, which only its value tells. */
  async #admits(ahead: readonly Rival[]): Promise<boolean> {
    const writer = ahead.findLast(mayWrite);
    if (!writer) return true;
    if (writer.key !== ahead[0]?.key) return false;
    const entry = await this.context.store.get(writer.key);
    return entry !== undefined && modeOf(entry) === "read";
  }
}

export class WriteLock extends Side<WriteHold> {
  override readonly exclusive = true;

  protected override lineFor(): Line<WriteHold> {
    return { ...this.sideFor("write"), blockers: (ahead) => ahead.slice(-1), hold: (grant) => new WriteHold(grant) };
  }

  protected override nested(parent: Hold, options: object): WriteHold {
    if (parent instanceof ReadHold && parent.name === this.name)
      throw this.deadlock(
        "is held for reading by the hold that was given, and waits for all readers, itself included.",
      );
    return super.nested(parent, options);
  }

  protected override refuseSelf(held: readonly Hold[]): void {
    if (held.some((hold) => hold instanceof ReadHold))
      throw this.deadlock("is held for reading by this very flow of control: a read hold can't become a write hold.");
    super.refuseSelf(held);
  }
}

/** Whoever doesn't say that it reads may write. */
const mayWrite = ({ kind }: Rival) => kind !== kinds.read;

function modeOf({ key, value }: Entry): Mode {
  if (key.slice(key.lastIndexOf("/")).includes(kinds.read)) return "read";
  const shown = decodeJson(value) as { readonly mode?: unknown } | undefined;
  return shown?.mode === "read" ? "read" : "write";
}
