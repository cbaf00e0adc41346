import { Bench, type Case, type Rig } from "./rig.ts";

/** The part of a test runner that the kit needs: vitest's, node:test's and others' `test` fit. */
export type TestFunction = (title: string, body: () => Promise<void>, timeoutMs?: number) => void;

export interface Registration<R extends Rig> {
  /** A rig for each case; it may be shared, since every case keeps to a directory of its own. */
  readonly rig: () => Promise<R> | R;
  readonly test: TestFunction;
  /**
   * Cases that are known to fail, with the reason. They run all the same, and one that passes fails the run: a gap that
   * was closed must not stay listed.
   */
  readonly gaps?: Readonly<Record<string, string>>;
  /** Runs the body of a case; a simulation lets its time pass here. */
  readonly drive?: (rig: R, body: () => Promise<void>) => Promise<void>;
  readonly timeoutMs?: number;
}

let benches = 0;

/** Gives each case to the test runner. */
export function register<R extends Rig>(
  cases: readonly Case[],
  { rig, test, gaps = {}, drive = (_, body) => body(), timeoutMs }: Registration<R>,
): void {
  assertKnown(cases, gaps);
  for (const each of cases) {
    test(
      each.title,
      async () => {
        const made = await rig();
        const run = () => drive(made, () => runCase(each, made));
        const gap = gaps[each.title];
        await (gap === undefined ? run() : expectFailure(run, each.title, gap));
      },
      timeoutMs,
    );
  }
}

/** Runs one case in a directory of its own and closes all that it opened. */
export async function runCase(each: Case, rig: Rig): Promise<void> {
  benches += 1;
  const bench = new Bench(rig, `case-${benches}-${Math.floor(rig.runtime.random() * 1e9).toString(36)}`);
  await each.run(bench).finally(() => bench.close().catch(() => {})); // what the case found tells more
}

async function expectFailure(run: () => Promise<void>, title: string, gap: string): Promise<void> {
  try {
    await run();
  } catch {
    return;
  }
  throw new Error(`"${title}" is listed as a gap (${gap}) but passes: take it off the list`);
}

function assertKnown(cases: readonly Case[], gaps: Readonly<Record<string, string>>): void {
  const unknown = Object.keys(gaps).filter((title) => !cases.some((each) => each.title === title));
  if (unknown.length > 0) throw new Error(`gaps name cases that don't exist: ${unknown.join(", ")}`);
}
