import type { Key } from "@coord/core/spi";

/**
 * What one session has in one line, as its client knows: each place from before it is asked for until it is gone for certain.
 */
export class OwnPlaces {
  /** The revision of the session's fence at this line, once it was raised. */
  fence = "0";
  /** The latest attempt of each ticket, as long as it is under way or may have made a place. */
  readonly #attempts = new Map<string, symbol>();
  readonly #standing = new Set<Key>();

  /** Whether an earlier attempt of this ticket may have made a place. */
  mayHave(ticket: string): boolean {
    return this.#attempts.has(ticket);
  }

  attempt(ticket: string): symbol {
    const attempt = Symbol(ticket);
    this.#attempts.set(ticket, attempt);
    return attempt;
  }

  isLatest(ticket: string, attempt: symbol): boolean {
    return this.#attempts.get(ticket) === attempt;
  }

  /** The attempt is over, and nothing of it is in doubt. */
  settle(ticket: string, attempt: symbol): void {
    if (this.isLatest(ticket, attempt)) this.#attempts.delete(ticket);
  }

  stands(key: Key): void {
    this.#standing.add(key);
  }

  has(key: Key): boolean {
    return this.#standing.has(key);
  }

  removed(key: Key): void {
    this.#standing.delete(key);
  }

  /** Whether the session has no place in the line, nor may have one, but by this ticket. */
  isAlone(ticket: string): boolean {
    return this.#standing.size === 0 && [...this.#attempts.keys()].every((other) => other === ticket);
  }

  /** Whether there is nothing to be known. */
  get isEmpty(): boolean {
    return this.#standing.size === 0 && this.#attempts.size === 0 && this.fence === "0";
  }
}
