import { MalformedError } from "./jute.ts";

/** Cuts a stream into its frames: a length of four bytes, then the content. Nothing is copied until a frame is complete. */
export class Frames {
  readonly #limit: () => number;
  #chunks: Buffer[] = [];
  #held = 0;

  /** @param limit the longest content that is taken, now: more is announced by mistake or malice */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  clear(): void {
    this.#chunks = [];
    this.#held = 0;
  }

  /** The frames that are complete with this chunk, each with its length in front. */
  *take(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (this.#held >= 4) {
      const length = this.#length();
      if (this.#held < length + 4) return;
      yield this.#cut(length + 4);
    }
  }

  #length(): number {
    if ((this.#chunks[0]?.length ?? 0) < 4) this.#join();
    const length = this.#chunks[0]?.readInt32BE(0) ?? 0;
    const limit = this.#limit();
    if (length < 0 || length > limit)
      throw new MalformedError(`a frame of ${length} bytes; ${limit} are taken at most`);
    return length;
  }

  #cut(size: number): Buffer {
    if ((this.#chunks[0]?.length ?? 0) < size) this.#join();
    const [all = Buffer.alloc(0)] = this.#chunks;
    const rest = all.subarray(size);
    if (rest.length > 0) this.#chunks[0] = rest;
    else this.#chunks.shift();
    this.#held -= size;
    return all.subarray(0, size);
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}
