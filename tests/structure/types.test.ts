import { join } from "node:path";
import { expect, test } from "vitest";
import { workshop } from "./bundle.ts";
import { run } from "./run.ts";
import { root } from "./workspace.ts";

test("tsc finds nothing wrong in the workspace", async () => {
  const remembering = ["--incremental", "--tsBuildInfoFile", join(workshop, "types.tsbuildinfo")];
  const tsc = join(root, "node_modules/.bin/tsc");
  const { code, output } = await run(tsc, ["--noEmit", "-p", ".", ...remembering], { cwd: root });
  expect(code, output).toBe(0);
});
