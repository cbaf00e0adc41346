import { Buffer } from "node:buffer";
import { type Entry, joinKey, type Key, parentOf } from "@coord/core/spi";
import type { SessionRecord } from "@coord/memory";

/**
 * How things lie in a file: one ordered table, whose rows begin with a letter for what they are.
 *
 *     m                    the commit counter, and how often somebody has opened the store or closed it
 *     e <parent> 0 <name>  an entry: order, version, session, value
 *     s <id>               a session: its ttl, and when it ends on the machine's clock
 *     b <id> 0 <key>       that this entry is bound to that session
 *     d <key>              that this entry differs from what was kept, since that commit
 *     o <process> <number> that somebody has the store open
 */
const row = (kind: string, rest: string): string => kind + rest;

export const headRow = row("m", "");
export const sessionRow = (id: string): string => row("s", id);
export const boundRow = (id: string, key: Key): string => row("b", `${id}\0${key}`);
export const memberRow = (member: string): string => row("o", member);
export const unsavedRow = (key: Key): string => row("d", key);
export const entryRow = (key: Key): string => {
  const parent = parentOf(key);
  return row("e", `${parent}\0${parent === "" ? key : key.slice(parent.length + 1)}`);
};

export interface Range {
  readonly start: string;
  readonly end: string;
}

const all = (kind: string): Range => ({ start: row(kind, ""), end: row(kind, "\u{10ffff}") });
export const allSessions = all("s");
export const allUnsaved = all("d");
export const allMembers = all("o");
export const childrenOf = (under: Key): Range => ({ start: row("e", `${under}\0`), end: row("e", `${under}\x01`) });
/** The entries that lie deeper than the direct children. */
export const deeperThan = (under: Key): Range =>
  under === ""
    ? { start: row("e", "\x01"), end: all("e").end }
    : { start: row("e", `${under}/`), end: row("e", `${under}0`) }; // "0" comes right after "/"
/** The first row that lies neither in `directory` nor before it; with `deeper`, nor below it. */
export const rowPast = (directory: Key, deeper: boolean): string => row("e", `${directory}${deeper ? "0" : "\x01"}`);
export const boundTo = (id: string): Range => ({ start: row("b", `${id}\0`), end: row("b", `${id}\x01`) });

const rest = (found: string): string => found.slice(1);
const afterNul = (text: string): string => text.slice(text.indexOf("\0") + 1);

export const idOf = rest;
export const unsavedKeyOf = rest;
export const memberOf = rest;
export const boundKeyOf = (found: string): Key => afterNul(rest(found));
export function keyOf(found: string): Key {
  const text = rest(found);
  const nul = text.indexOf("\0");
  return joinKey(text.slice(0, nul), text.slice(nul + 1));
}

export function encodeNumber(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export const decodeNumber = (bytes: Buffer | undefined): bigint => bytes?.readBigUInt64BE() ?? 0n;

/** Writes UTF-8 and tells where it ends. Rows are short and mostly ASCII: a loop over these is faster than a call out of compiled code. */
export function writeText(target: Buffer, at: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return at + target.write(text, at);
    target[at + index] = code;
  }
  return at + text.length;
}

/** Two numbers on their way into a row, or out of it. */
const numberBytes = Buffer.alloc(16);
const numbers = new DataView(numberBytes.buffer, numberBytes.byteOffset, 16);

/** With what each moment begins. */
export interface Head {
  /** The commit counter. */
  readonly revision: bigint;
  /** How often somebody has opened the store or closed it. */
  readonly movements: number;
}

/** Good until the next row is encoded or decoded: LMDB takes a copy. */
export function encodeHead({ revision, movements }: Head): Buffer {
  numbers.setBigUint64(0, revision);
  numbers.setFloat64(8, movements);
  return numberBytes;
}

export function decodeHead(bytes: Buffer | undefined): Head {
  for (let at = 0; at < 16; at += 1) numberBytes[at] = bytes?.[at] ?? 0;
  return { revision: numbers.getBigUint64(0), movements: numbers.getFloat64(8) };
}

/** @param revision the version as a number, where that is known */
export function encodeEntry({ order, version, session = "", value }: Entry, revision = BigInt(version)): Buffer {
  const sessionBytes = session.length; // we made its id, of ASCII
  const bytes = Buffer.allocUnsafe(17 + sessionBytes + value.length);
  numbers.setBigUint64(0, order);
  numbers.setBigUint64(8, revision);
  bytes.set(numberBytes);
  bytes[16] = sessionBytes;
  writeText(bytes, 17, session);
  bytes.set(value, 17 + sessionBytes);
  return bytes;
}

/** The value is a copy: the bytes may be the file's own, mapped into memory. */
export function decodeEntry(key: Key, bytes: Buffer): Entry {
  const valueAt = 17 + (bytes[16] ?? 0);
  return {
    key,
    value: new Uint8Array(bytes.subarray(valueAt)),
    version: String(bytes.readBigUInt64BE(8)),
    order: bytes.readBigUInt64BE(0),
    session: valueAt === 17 ? undefined : bytes.toString("utf8", 17, valueAt),
  };
}

export function encodeSession({ ttlMs, expiresAtMs }: SessionRecord): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeDoubleBE(ttlMs, 0);
  bytes.writeDoubleBE(expiresAtMs, 8);
  return bytes;
}

export const decodeSession = (id: string, bytes: Buffer): SessionRecord => ({
  id,
  ttlMs: bytes.readDoubleBE(0),
  expiresAtMs: bytes.readDoubleBE(8),
});
