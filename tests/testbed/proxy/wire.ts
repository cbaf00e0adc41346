/** What one direction of a proxy does to bytes at present, for all of its connections together. */
export class Wire {
  stalled = false;
  delayMs = 0;
  /** How many more bytes pass before a connection is cut; undefined for no limit. */
  cutAfter: number | undefined;
  /** How many bytes have passed. */
  passed = 0;
  /** How many bytes have come and are kept back. */
  held = 0;

  /** How many of the first of so many bytes pass. Fewer than there are means: cut after them. */
  admit(count: number): number {
    if (this.cutAfter === undefined) return count;
    const admitted = Math.min(count, this.cutAfter);
    this.cutAfter -= admitted;
    return admitted;
  }

  /** Whether the connection whose bytes were just admitted is to be cut after them. Of several connections, one is. */
  takeCut(): boolean {
    const due = this.cutAfter === 0;
    if (due) this.cutAfter = undefined;
    return due;
  }

  heal(): void {
    this.stalled = false;
    this.delayMs = 0;
    this.cutAfter = undefined;
  }
}
