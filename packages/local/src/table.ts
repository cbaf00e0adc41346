import type { Entry, Key } from "@coord/core/spi";
import type { SessionRecord } from "@coord/memory";
import type { File } from "./file.ts";
import {
  allMembers,
  allSessions,
  allUnsaved,
  boundKeyOf,
  boundRow,
  boundTo,
  childrenOf,
  decodeEntry,
  decodeHead,
  decodeNumber,
  decodeSession,
  encodeEntry,
  encodeHead,
  encodeNumber,
  encodeSession,
  entryRow,
  headRow,
  idOf,
  keyOf,
  memberOf,
  memberRow,
  sessionRow,
  unsavedKeyOf,
  unsavedRow,
} from "./rows.ts";

const nothing = Buffer.alloc(1);

/** The rows of a file as what they stand for, within a transaction. */
export class Table {
  readonly #file: File;
  #revision = 0n;
  #movements = 0;

  constructor(file: File) {
    this.#file = file;
  }

  /** Begins a moment: the commit counter, 0 in a file that was just made. */
  begin(): bigint {
    const { revision, movements } = decodeHead(this.#get(headRow));
    this.#revision = revision;
    this.#movements = movements;
    return revision;
  }

  set counter(revision: bigint) {
    this.#revision = revision;
    this.#putHead();
  }

  /** How often somebody has opened the store or closed it, as of this moment. */
  get movements(): number {
    return this.#movements;
  }

  members(): string[] {
    return [...this.#file.getKeys(allMembers)].map(memberOf);
  }

  addMember(member: string): void {
    this.#file.putSync(memberRow(member), nothing);
    this.#move();
  }

  removeMember(member: string): void {
    this.#file.removeSync(memberRow(member));
    this.#move();
  }

  entry(key: Key): Entry | undefined {
    const found = this.#get(entryRow(key));
    return found && decodeEntry(key, found);
  }

  children(under: Key): Entry[] {
    return [...this.#file.getRange(childrenOf(under))].map(({ key, value }) => decodeEntry(keyOf(key), value));
  }

  /** @param revision its version as a number, where that is known */
  put(entry: Entry, revision?: bigint): void {
    this.#file.putSync(entryRow(entry.key), encodeEntry(entry, revision));
    if (entry.session !== undefined) this.#file.putSync(boundRow(entry.session, entry.key), nothing);
  }

  remove({ key, session }: Entry): void {
    this.#file.removeSync(entryRow(key));
    if (session !== undefined) this.#file.removeSync(boundRow(session, key));
  }

  sessions(): SessionRecord[] {
    return [...this.#file.getRange(allSessions)].map(({ key, value }) => decodeSession(idOf(key), value));
  }

  session(id: string): SessionRecord | undefined {
    const found = this.#get(sessionRow(id));
    return found && decodeSession(id, found);
  }

  putSession(session: SessionRecord): void {
    this.#file.putSync(sessionRow(session.id), encodeSession(session));
  }

  removeSession(id: string): void {
    this.#file.removeSync(sessionRow(id));
  }

  bound(id: string): readonly Key[] {
    return [...this.#file.getKeys(boundTo(id))].map(boundKeyOf);
  }

  /** The entries that differ from what was kept, since which commit. */
  unsaved(): readonly { readonly key: Key; readonly since: bigint }[] {
    return [...this.#file.getRange(allUnsaved)].map(({ key, value }) => ({
      key: unsavedKeyOf(key),
      since: decodeNumber(value),
    }));
  }

  markUnsaved(key: Key, since: bigint): void {
    this.#file.putSync(unsavedRow(key), encodeNumber(since));
  }

  /** Unless it has been marked anew. */
  unmarkUnsaved(key: Key, since: bigint): void {
    if (decodeNumber(this.#get(unsavedRow(key))) === since) this.#file.removeSync(unsavedRow(key));
  }

  #move(): void {
    this.#movements += 1;
    this.#putHead();
  }

  #putHead(): void {
    this.#file.putSync(headRow, encodeHead({ revision: this.#revision, movements: this.#movements }));
  }

  /** Good until the next row is read. */
  #get(row: string): Buffer | undefined {
    return this.#file.getBinaryFast(row);
  }
}
