import { closeSync, existsSync, fdatasync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { type Entry, type Key, systemRuntime, UsageError } from "@coord/core/spi";
import { stepFailure } from "./failure.ts";
import type { LiveTables } from "./live.ts";
import { decodeEntry, encodeEntry } from "./rows.ts";

const format = 1;
const headerMark = Buffer.from("@coord/local\n");
const recordMark = Buffer.from([0xc0, 0x0d, 0x1e, 0xaf]);
const headerBytes = headerMark.length + 8;

/** Between the commits of one boot and those of the next: more than a boot can commit, so that no token comes twice. */
const commitsOfABoot = 1n << 40n;

interface State {
  readonly era: number;
  readonly entries: readonly Entry[];
}

/**
 * What survives a power failure: a journal of the entries that were written for good. A record has, as they were at one
 * commit, all entries that the disk may not have yet, so records may come in any order, and a torn one harms no other:
 * of each entry the latest counts. Written anew with the first process of each boot.
 */
export class Kept {
  readonly #path: string;
  readonly #mode: number;
  #file = -1;
  #round: Promise<void> | undefined;
  readonly #saving = new Set<Promise<void>>();

  constructor(path: string, mode: number) {
    this.#path = path;
    this.#mode = mode;
  }

  /**
   * Begins another boot, for the one process that does: the entries, and where the commits of this boot begin.
   *
   * @throws UsageError if a newer version has written the file, or something else
   */
  renew(): { readonly entries: readonly Entry[]; readonly revision: bigint } {
    const { era, entries } = existsSync(this.#path) ? read(this.#path) : { era: 0, entries: [] };
    const header = Buffer.alloc(headerBytes);
    headerMark.copy(header);
    header.writeUInt32BE(format, headerMark.length);
    header.writeUInt32BE(era + 1, headerMark.length + 4);
    const records = entries.map((entry) => recordOf(BigInt(entry.version), [{ key: entry.key, entry }]));
    const unfinished = `${this.#path}.new`;
    const file = openSync(unfinished, "w", this.#mode);
    for (const part of [header, ...records]) append(file, part);
    fsyncSync(file);
    closeSync(file);
    renameSync(unfinished, this.#path);
    const folder = openSync(dirname(this.#path), "r");
    fsyncSync(folder);
    closeSync(folder);
    return { entries, revision: BigInt(era + 1) * commitsOfABoot };
  }

  /** Once this boot has begun. */
  open(): void {
    assertFormat(readFileSync(this.#path), this.#path);
    this.#file = openSync(this.#path, "a", this.#mode);
  }

  /** Resolves when all that was written for good before the call is on the disk. Those who ask in one turn share one record. */
  save(live: LiveTables): Promise<void> {
    this.#round ??= this.#begin(live);
    return this.#round;
  }

  /** Resolves when nothing is being saved any more, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#saving);
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
  }

  #begin(live: LiveTables): Promise<void> {
    const round = new Promise<void>((resolve) => void systemRuntime.timer(0, resolve)).then(() => {
      this.#round = undefined;
      return this.#save(live);
    });
    this.#saving.add(round);
    const done = () => void this.#saving.delete(round);
    round.then(done, done);
    return round;
  }

  async #save(live: LiveTables): Promise<void> {
    try {
      const { revision, unsaved } = live.unsaved();
      if (unsaved.length > 0) append(this.#file, recordOf(revision, unsaved));
      await promisify(fdatasync)(this.#file);
      live.forget(unsaved);
    } catch (error) {
      throw stepFailure(error, this.#path);
    }
  }
}

/** The whole record or, as far as its caller is concerned, none: others may append before the rest of it would come. */
function append(file: number, record: Buffer): void {
  if (writeSync(file, record) === record.length) return;
  throw Object.assign(new Error("ENOSPC: a record fitted in part only"), { code: "ENOSPC" });
}

interface Change {
  readonly key: Key;
  readonly entry: Entry | undefined;
}

/** Its mark, its length and its check sum; then the commit, and each key with its entry, or nothing. */
function recordOf(revision: bigint, changes: readonly Change[]): Buffer {
  const parts = changes.flatMap(({ key, entry }) => [Buffer.from(key), entry ? encodeEntry(entry) : Buffer.alloc(0)]);
  const commit = Buffer.alloc(8);
  commit.writeBigUInt64BE(revision);
  const body = Buffer.concat([commit, ...parts.flatMap((part) => [number(part.length), part])]);
  return Buffer.concat([recordMark, number(body.length), number(crc32(body)), body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function read(path: string): State {
  const bytes = readFileSync(path);
  assertFormat(bytes, path);
  const latest = new Map<Key, { readonly revision: bigint; readonly entry: Entry | undefined }>();
  let at = bytes.indexOf(recordMark, headerBytes);
  while (at >= 0) {
    const body = bodyAt(bytes, at);
    if (body) apply(body, latest);
    at = bytes.indexOf(recordMark, body ? at + 12 + body.length : at + 1);
  }
  const entries = [...latest.values()].flatMap(({ entry }) => entry ?? []);
  return { era: bytes.readUInt32BE(headerMark.length + 4), entries };
}

/** Of a whole record; one that a process or the power left unfinished has none. */
function bodyAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + 12 > bytes.length) return undefined;
  const body = bytes.subarray(at + 12, at + 12 + bytes.readUInt32BE(at + 4));
  return body.length === bytes.readUInt32BE(at + 4) && crc32(body) === bytes.readUInt32BE(at + 8) ? body : undefined;
}

function apply(body: Buffer, latest: Map<Key, { readonly revision: bigint; readonly entry: Entry | undefined }>): void {
  const revision = body.readBigUInt64BE();
  let at = 8;
  const next = () => {
    const part = body.subarray(at + 4, at + 4 + body.readUInt32BE(at));
    at += 4 + part.length;
    return part;
  };
  while (at < body.length) {
    const key = next().toString();
    const entry = next();
    if ((latest.get(key)?.revision ?? -1n) > revision) continue;
    latest.set(key, { revision, entry: entry.length > 0 ? decodeEntry(key, entry) : undefined });
  }
}

function assertFormat(bytes: Buffer, path: string): void {
  const details = { operation: "connect" };
  if (bytes.length < headerBytes || !bytes.subarray(0, headerMark.length).equals(headerMark)) {
    throw new UsageError(`${path} is no embedded store, or it is damaged. Name another folder.`, details);
  }
  const found = bytes.readUInt32BE(headerMark.length);
  if (found === format) return;
  throw new UsageError(
    `The embedded store at ${path} has the format ${found}, and this version of @coord/local knows ${format}. Use a newer @coord/local, or name another folder.`,
    details,
  );
}
