import { inspect } from "node:util";

/** Something that a step promises did not hold. */
export class CheckFailed extends Error {
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: unknown) {
    super(`expected ${expected}`);
    this.expected = expected;
    this.seen = typeof seen === "string" ? seen : inspect(seen, { breakLength: Number.POSITIVE_INFINITY });
  }
}

/** Fails the step unless this holds: `expected` says what should, `seen` what was there instead. */
export function check(holds: boolean, expected: string, seen: unknown): void {
  if (!holds) throw new CheckFailed(expected, seen);
}
