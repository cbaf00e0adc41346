import { setTimeout as pause } from "node:timers/promises";

export interface Patience {
  /** How long to go on asking, in milliseconds. */
  readonly within?: number;
}

/** Thrown by a check to say that asking again is of no use. */
export class Hopeless extends Error {
  override readonly name = "Hopeless";
}

const askEveryMs = 20;

/** A check that may answer `undefined` among other things has no answer yet where it does: it is to say `false`. */
export type Plain<T, Nothing = void> = [T] extends [Nothing] ? unknown : undefined extends T ? never : unknown;

/**
 * Asks until the check neither throws nor answers false, and gives its answer. At the deadline it throws an error that
 * names what was awaited and how the last try failed, also if that try has not ended by then.
 */
export async function eventually<T>(
  awaited: string,
  check: (() => T | Promise<T>) & Plain<T>,
  { within = 10_000 }: Patience = {},
): Promise<Exclude<T, false>> {
  const deadline = performance.now() + within;
  let last: unknown = "the first try did not end";
  for (;;) {
    const outcome = await before(deadline, attempt(check));
    if (outcome?.done) return outcome.answer;
    if (outcome?.failure instanceof Hopeless) throw outcome.failure;
    if (outcome) last = outcome.failure;
    if (performance.now() + askEveryMs >= deadline) throw tooLate(awaited, within, last);
    await pause(askEveryMs);
  }
}

type Outcome<T> = { done: true; answer: Exclude<T, false> } | { done: false; failure: unknown };

async function attempt<T>(check: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const answer = await check();
    if (answer === false) return { done: false, failure: "the answer was false" };
    return { done: true, answer: answer as Exclude<T, false> };
  } catch (failure) {
    return { done: false, failure };
  }
}

/** The value, or undefined if it is not there by the deadline. */
async function before<T>(deadline: number, value: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  const end = pause(Math.max(0, deadline - performance.now()), undefined, { signal: timer.signal });
  try {
    return await Promise.race([value, end.catch(() => undefined)]);
  } finally {
    timer.abort();
  }
}

function tooLate(awaited: string, within: number, last: unknown): Error {
  const why = last instanceof Error ? last.message : String(last);
  return new Error(`Not within ${within} ms: ${awaited}. Last: ${why}`, { cause: last });
}
