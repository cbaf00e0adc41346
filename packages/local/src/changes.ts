import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Change } from "@coord/memory";

/** How many of the latest commits can be told one by one, and how much room each has for the keys that it wrote. */
const slots = 1024n;
const slotBytes = 1024;
const headBytes = 16;

/**
 * Which keys each of the latest commits wrote, in a file beside the tables. A slot is written within the step, before the
 * commit is seen, so whoever sees the commit finds it, unless it has no room for the keys, or is being overwritten by a later one:
 * then it fails its check, and nobody knows. A step whose slot can't be written is no step: an earlier one that came to
 * nothing may have left other keys there.
 */
export class Changes {
  readonly #file: number;
  readonly #slot = Buffer.alloc(slotBytes);

  constructor(path: string, mode: number) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, mode);
  }

  write(changes: readonly Change[]): void {
    for (const change of changes) {
      const bytes = encode(change);
      writeSync(this.#file, bytes, 0, Math.min(bytes.length, slotBytes), placeOf(change.revision));
    }
  }

  /** What was committed after `from` and up to `to`; `undefined`: not all of that can be told. */
  between(from: bigint, to: bigint): readonly Change[] | undefined {
    if (to - from > slots) return undefined;
    const changes: Change[] = [];
    for (let revision = from + 1n; revision <= to; revision += 1n) {
      const change = this.#at(revision);
      if (!change) return undefined;
      changes.push(change);
    }
    return changes;
  }

  close(): void {
    closeSync(this.#file);
  }

  #at(revision: bigint): Change | undefined {
    const length = readSync(this.#file, this.#slot, 0, slotBytes, placeOf(revision));
    return decode(this.#slot.subarray(0, length), revision);
  }
}

const placeOf = (revision: bigint): number => Number(revision % slots) * slotBytes;

/** A check sum over the rest; the commit, the length of its keys, and these: keys have no control characters. */
function encode({ revision, keys }: Change): Buffer {
  const text = keys.join("\n");
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes.writeBigUInt64BE(revision, 4);
  bytes.writeUInt32BE(length, 12);
  bytes.write(text, headBytes);
  bytes.writeUInt32BE(crc32(bytes.subarray(4)));
  return bytes;
}

function decode(bytes: Buffer, revision: bigint): Change | undefined {
  if (bytes.length < headBytes || bytes.readBigUInt64BE(4) !== revision) return undefined;
  const record = bytes.subarray(0, headBytes + bytes.readUInt32BE(12));
  if (record.readUInt32BE() !== crc32(record.subarray(4))) return undefined;
  const keys = record.toString("utf8", headBytes);
  return { revision, keys: keys === "" ? [] : keys.split("\n") };
}
