import { styleText } from "node:util";
import { CheckFailed } from "./check.ts";
import { seconds } from "./clock.ts";
import type { Performance } from "./step.ts";

export interface Output {
  readonly write: (line: string) => void;
  readonly colors: boolean;
}

/** So that the times stand below each other. */
const sentenceWidth = 103;

/** A step with its store. */
export interface Act {
  readonly title: string;
  perform(): Promise<Performance>;
}

/** Performs them one after the other and prints a line for each. The result is the exit code: 0 only if all held. */
export async function report(acts: AsyncIterable<Act> | Iterable<Act>, output: Output): Promise<number> {
  let passed = 0;
  let failed = 0;
  for await (const act of acts) {
    if (await reportAct(act, output)) passed += 1;
    else failed += 1;
  }
  output.write(`demo: ${passed} passed, ${failed} failed`);
  return passed > 0 && failed === 0 ? 0 : 1;
}

async function reportAct({ title, perform }: Act, output: Output): Promise<boolean> {
  const paint = (color: "green" | "red" | "dim", text: string) =>
    output.colors ? styleText(color, text, { validateStream: false }) : text;
  try {
    const { held, tookMs } = await perform();
    output.write(`${paint("green", "✓")} ${held.padEnd(sentenceWidth)} ${paint("dim", seconds(tookMs).padStart(6))}`);
    return true;
  } catch (error) {
    output.write(`${paint("red", "✗")} ${title}`);
    for (const line of reasons(error)) output.write(`    ${line}`);
    return false;
  }
}

const reasons = (error: unknown): readonly string[] =>
  error instanceof CheckFailed
    ? [`expected: ${error.expected}`, `seen:     ${error.seen}`]
    : ["expected: no error", `seen:     ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
