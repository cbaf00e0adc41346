import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";
import { root } from "./workspace.ts";

test("biome finds nothing to change in the workspace", async () => {
  const { code, output } = await run(join(root, "node_modules/.bin/biome"), ["check", "."], { cwd: root });
  expect(code, output).toBe(0);
});
