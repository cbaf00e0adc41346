import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type Ended, run } from "../structure/run.ts";

const script = fileURLToPath(new URL("../../scripts/counted-run.mjs", import.meta.url));
const fixture = fileURLToPath(new URL("fixture", import.meta.url));

/** Runs the cases of the fixture whose names contain one of these. */
function counted(filters: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { CI: _, ...inherited } = process.env;
  return run(process.execPath, [script, "--root", fixture, ...filters], { env: { ...inherited, ...env } });
}

const lastLine = ({ output }: Ended) => output.trimEnd().split("\n").at(-1);

describe.concurrent("the last line of a run", () => {
  test.each([
    ["all pass", ["passes"], "2 passed, 0 failed, 0 skipped", 0],
    ["one fails", ["passes", "fails"], "3 passed, 1 failed, 0 skipped", 1],
    ["some are skipped", ["skips"], "1 passed, 0 failed, 2 skipped", 0],
    ["a file can't be loaded", ["passes", "throws-on-load"], "2 passed, 1 failed, 0 skipped", 1],
    ["a rejection is unhandled", ["rejects-unhandled"], "1 passed, 1 failed, 0 skipped", 1],
    ["a hook fails", ["hook-throws"], "1 passed, 1 failed, 0 skipped", 1],
    ["no file is found", ["there-is-no-such-file"], "0 passed, 1 failed, 0 skipped", 1],
    ["vitest doesn't know an option", ["passes", "--there-is-no-such-option"], "0 passed, 1 failed, 0 skipped", 1],
  ])("%s", async (_, filters, expected, code) => {
    const ended = await counted(filters);
    expect(lastLine(ended), ended.output).toBe(expected);
    expect(ended.code).toBe(code);
  });

  test("a worker dies: what it was running has failed, the others count", async () => {
    const ended = await counted(["passes", "dies"]);
    expect(lastLine(ended), ended.output).toMatch(/^2 passed, [1-9]\d* failed, 0 skipped$/);
    expect(ended.code).toBe(1);
  });

  test("the set-up of a project fails", async () => {
    const ended = await counted(["passes"], { FIXTURE_SET_UP: "failing" });
    expect(lastLine(ended), ended.output).toMatch(/^0 passed, [1-9]\d* failed, 0 skipped$/);
    expect(ended.code).toBe(1);
  });

  test("skipped tests are a failure where CI is set, and it is said why", async () => {
    const ended = await counted(["skips"], { CI: "true" });
    expect(ended.output).toContain("CI is set, so nothing may be skipped");
    expect(lastLine(ended)).toBe("1 passed, 1 failed, 2 skipped");
    expect(ended.code).toBe(1);
  });
});
