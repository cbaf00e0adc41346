import { MalformedError } from "./jute.ts";

/** What is kept of a frame that is too long: its length and the header of an answer. */
const headBytes = 20;
/** More than so many times what is taken isn't even waited for to pass. */
const mostTimes = 16;

/** Whether only the head of a frame was kept. */
export const isCut = (frame: Buffer): boolean => frame.readInt32BE(0) + 4 > frame.length;

/**
 * Cuts a stream into its frames: a length of four bytes, then the content. Nothing is copied until a frame is complete. Of one
 * that is too long the head is kept, by which it is known whose answer it was, and the rest is let pass.
 */
export class Frames {
  readonly #limit: () => number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** What is still to be let pass. */
  #passing = 0;

  /** @param limit the longest content that is taken, now */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  clear(): void {
    this.#chunks = [];
    this.#held = 0;
    this.#passing = 0;
  }

  /** The frames that are complete with this chunk, each with its length in front. */
  *take(chunk: Buffer): Generator<Buffer> {
    const passed = Math.min(this.#passing, chunk.length);
    this.#passing -= passed;
    if (passed < chunk.length) this.#chunks.push(chunk.subarray(passed));
    this.#held += chunk.length - passed;
    while (this.#held >= 4) {
      const length = this.#length();
      const size = length + 4;
      const isTooLong = length > this.#limit();
      if (this.#held < (isTooLong ? headBytes : size)) return;
      yield isTooLong ? this.#head(size) : this.#cut(size);
    }
  }

  #head(size: number): Buffer {
    const head = Buffer.from(this.#cut(headBytes));
    const passed = Math.min(size - headBytes, this.#held);
    if (passed > 0) this.#cut(passed);
    this.#passing = size - headBytes - passed;
    return head;
  }

  #length(): number {
    if ((this.#chunks[0]?.length ?? 0) < 4) this.#join();
    const length = this.#chunks[0]?.readInt32BE(0) ?? 0;
    const limit = this.#limit();
    if (length < 0 || length > limit * mostTimes)
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
