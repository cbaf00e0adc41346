/** How a field's content is encoded, of those that are in use here: a number, or its length and then as many bytes. */
const [number, lengthFirst] = [0, 2];
/** Those of fixed length, which are passed over only. */
const [eightBytes, fourBytes] = [1, 5];

const lowBits = 49n;
const lowPart = (1n << lowBits) - 1n;
/** How many bytes of seven bits that is. */
const lowBytes = 7;

/**
 * Writes Protocol Buffers' encoding from its end to its beginning: the fields of a message, and the messages of a list, last
 * ones first. So a length, which stands before what it is of, is known when it is written.
 */
export class Writer {
  #bytes = Buffer.allocUnsafe(1_024);
  #start = this.#bytes.length;

  /** How much there is so far: where a message ends, for `message` when it has been written. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** What was written since `end` was the length is a message, and the content of this field. */
  message(field: number, end: number): void {
    this.#varint(this.length - end);
    this.#varint(field * 8 + lengthFirst);
  }

  bytes(field: number, value: string | Uint8Array): void {
    const length = typeof value === "string" ? Buffer.byteLength(value) : value.byteLength;
    this.#room(length);
    this.#start -= length;
    if (typeof value === "string") this.#bytes.write(value, this.#start);
    else this.#bytes.set(value, this.#start);
    this.#varint(length);
    this.#varint(field * 8 + lengthFirst);
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  /** Not above 2^53. */
  uint(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field * 8 + number);
  }

  /** @param digits decimal */
  int64(field: number, digits: string): void {
    const value = Number(digits);
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.#varint(value);
    else this.#longVarint(BigInt.asUintN(64, BigInt(digits)));
    this.#varint(field * 8 + number);
  }

  finish(): Buffer {
    return this.#bytes.subarray(this.#start);
  }

  #varint(value: number): void {
    this.#room(8);
    let size = 1;
    for (let limit = 128; value >= limit; limit *= 128) size += 1;
    this.#start -= size;
    this.#groups(value, size);
  }

  /** What doesn't fit in a number: the high part comes last. */
  #longVarint(value: bigint): void {
    this.#varint(Number(value >> lowBits));
    this.#room(lowBytes);
    this.#start -= lowBytes;
    this.#groups(Number(value & lowPart), lowBytes, 128);
  }

  /** Seven bits each, low ones first; all but the last say that another one follows. */
  #groups(value: number, size: number, last = 0): void {
    let rest = value;
    const end = this.#start + size - 1;
    for (let at = this.#start; at < end; at += 1) {
      this.#bytes[at] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[end] = rest | last;
  }

  #room(length: number): void {
    if (length <= this.#start) return;
    const written = this.finish();
    this.#bytes = Buffer.allocUnsafe(4 * (written.length + length));
    this.#start = this.#bytes.length - written.length;
    this.#bytes.set(written, this.#start);
  }
}

/** Reads Protocol Buffers' encoding, field by field. Throws where it ends too early. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #field = 0;
  #kind = number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The number of the field whose content is to be read, or skipped. */
  get field(): number {
    return this.#field;
  }

  /** Goes on to the next field of a message, if it has one more. */
  next(end: number): boolean {
    if (this.#at >= end) return false;
    const tag = this.uint();
    this.#field = tag >>> 3;
    this.#kind = tag & 7;
    return true;
  }

  /** Where the message ends that is the content. */
  end(): number {
    const length = this.uint();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw tooShort();
    return end;
  }

  /** A part of what is read, no copy. */
  bytes(): Buffer {
    const end = this.end();
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  /** Not above 2^53. */
  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** In decimal digits. */
  int64(): string {
    const at = this.#at;
    const value = this.uint();
    return value <= Number.MAX_SAFE_INTEGER ? `${value}` : `${BigInt.asIntN(64, this.#longAt(at))}`;
  }

  /** In decimal digits. */
  uint64(): string {
    return `${BigInt.asUintN(64, BigInt(this.int64()))}`;
  }

  skip(): void {
    if (this.#kind === number) this.uint();
    else if (this.#kind === lengthFirst) this.#at = this.end();
    else if (this.#kind === eightBytes) this.#pass(8);
    else if (this.#kind === fourBytes) this.#pass(4);
    else throw new Error(`a field of an unknown kind, ${this.#kind}`);
  }

  #pass(length: number): void {
    this.#at += length;
    if (this.#at > this.#bytes.length) throw tooShort();
  }

  /** The number once more that was read from there to here, every bit of it. */
  #longAt(from: number): bigint {
    return this.#bytes.subarray(from, this.#at).reduceRight((high, byte) => (high << 7n) | BigInt(byte & 127), 0n);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw tooShort();
    this.#at += 1;
    return byte;
  }
}

const tooShort = (): Error => new Error("it ends too early");
