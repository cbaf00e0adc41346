import { type Entry, joinKey, type Key, parentOf } from "@coord/core/spi";
import type { SessionRecord } from "@coord/memory";

/**
 * How things lie in a file: one ordered table, whose rows begin with a letter for what they are.
 *
 *     m                    the commit counter
 *     e <parent> 0 <name>  an entry: order, version, session, value
 *     s <id>               a session: its ttl, and when it ends on the machine's clock
 *     b <id> 0 <key>       that this entry is bound to that session
 *     d <key>              that this entry differs from what was kept, since that commit
 */
const row = (kind: string, rest: string): string => kind + rest;

export const counterRow = row("m", "");
export const sessionRow = (id: string): string => row("s", id);
export const boundRow = (id: string, key: Key): string => row("b", `${id}\0${key}`);
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

export function encodeEntry({ order, version, session = "", value }: Entry): Buffer {
  const sessionBytes = Buffer.byteLength(session);
  const bytes = Buffer.allocUnsafe(17 + sessionBytes + value.length);
  bytes.writeBigUInt64BE(order, 0);
  bytes.writeBigUInt64BE(BigInt(version), 8);
  bytes[16] = sessionBytes;
  bytes.write(session, 17);
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
