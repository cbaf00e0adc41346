import { expect, test } from "vitest";
import { bundle } from "../bundle.ts";
import { run } from "../run.ts";
import type { Holdings } from "./programs/cycling.ts";

const cycles = 100_000;
const warmUp = 5_000;
/** Far below a hundred bytes a cycle, far above the noise of the collector. */
const heapMayGrowBytes = 2_000_000;

test(`${cycles} times acquire and release leave nothing behind`, { timeout: 120_000 }, async () => {
  const program = await bundle(new URL("programs/cycling.ts", import.meta.url), "cycling");
  const flags = ["--expose-gc", "--unhandled-rejections=strict"];
  const { code, output, stdout } = await run(process.execPath, [...flags, program, String(cycles), String(warmUp)]);
  expect(code, output).toBe(0);
  const { before, after }: { before: Holdings; after: Holdings } = JSON.parse(stdout);
  expect(after.resources).toEqual(before.resources);
  expect(after.abortListeners).toBe(before.abortListeners);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(heapMayGrowBytes);
});
