import { styleText } from "node:util";
import { CheckFailed } from "./check.ts";
import { seconds } from "./clock.ts";
import type { Step } from "./step.ts";

export interface Output {
  readonly write: (line: string) => void;
  readonly colors: boolean;
}

/** So that the times stand below each other. */
const sentenceWidth = 103;

/** Performs the steps one after the other and prints a line for each. The result is the exit code: 0 only if all held. */
export async function report(steps: readonly Pick<Step, "title" | "perform">[], output: Output): Promise<number> {
  let failed = 0;
  for (const step of steps) {
    if (!(await reportStep(step, output))) failed += 1;
  }
  output.write(`demo: ${steps.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function reportStep({ title, perform }: Pick<Step, "title" | "perform">, output: Output): Promise<boolean> {
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
