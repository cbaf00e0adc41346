/** What came from the server is not what the protocol allows; the connection that brought it can't be used any more. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** Writes ZooKeeper's encoding of records, "jute": numbers big-endian, lengths before contents, -1 for null. */
export class Writer {
  #bytes: Buffer;
  #length = 0;

  /** @param bytes about how many it will be */
  constructor(bytes = 128) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  int(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(value, at);
    return this;
  }

  long(value: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(value, at);
    return this;
  }

  bool(value: boolean): this {
    const at = this.#room(1);
    this.#bytes[at] = value ? 1 : 0;
    return this;
  }

  text(value: string): this {
    const at = this.#room(4 + 3 * value.length); // as long as it may get in UTF-8
    const length = this.#bytes.write(value, at + 4);
    this.#bytes.writeInt32BE(length, at);
    this.#length = at + 4 + length;
    return this;
  }

  /** A copy: what the caller does with his own later is his. */
  bytes(value: Uint8Array | null): this {
    this.int(value === null ? -1 : value.byteLength);
    return value === null ? this : this.raw(value);
  }

  /** What is encoded already. */
  raw(value: Uint8Array): this {
    const at = this.#room(value.byteLength);
    this.#bytes.set(value, at);
    return this;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** What was written first was room for the length of the rest. */
  framed(): Buffer {
    this.#bytes.writeInt32BE(this.#length - 4, 0);
    return this.finish();
  }

  #room(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads the same, and believes nothing: each length is held against what is there before anything is made of it. */
export class Reader {
  readonly #frame: Buffer;
  #at: number;

  constructor(frame: Buffer, at = 0) {
    this.#frame = frame;
    this.#at = at;
  }

  get rest(): number {
    return this.#frame.length - this.#at;
  }

  int(): number {
    return this.#frame.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.#frame.readBigInt64BE(this.#take(8));
  }

  bool(): boolean {
    return this.#frame[this.#take(1)] !== 0;
  }

  /** A copy: a frame must not be kept alive by, nor changed through, what was read from it. */
  bytes(): Buffer | null {
    const length = this.int();
    if (length === -1) return null;
    const start = this.#take(length);
    return Buffer.from(this.#frame.subarray(start, start + length));
  }

  text(): string {
    const length = this.int();
    if (length === -1) return "";
    const start = this.#take(length);
    return this.#frame.toString("utf8", start, start + length);
  }

  /** @param leastBytes what one element takes at least: so many can't be announced in so little */
  list<T>(leastBytes: number, read: () => T): T[] {
    const count = this.int();
    if (count === -1) return [];
    if (count < 0 || count * leastBytes > this.rest)
      throw new MalformedError(`a list of ${count} in ${this.rest} bytes`);
    const list: T[] = [];
    while (list.length < count) list.push(read());
    return list;
  }

  skip(length: number): void {
    this.#take(length);
  }

  #take(length: number): number {
    if (length < 0 || length > this.rest) throw new MalformedError(`${length} bytes announced, ${this.rest} there`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}
