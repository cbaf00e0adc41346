import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";
import { root } from "./workspace.ts";

test("tsc finds nothing wrong in the workspace", async () => {
  const { code, output } = await run(join(root, "node_modules/.bin/tsc"), ["--noEmit", "-p", "."], { cwd: root });
  expect(code, output).toBe(0);
});
