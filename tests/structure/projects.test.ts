import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";
import { filesBelow, root } from "./workspace.ts";

test("every test file belongs to one project, so that it runs, and runs once", async () => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { code, output, stdout } = await run(process.execPath, [vitest, "list", "--filesOnly", "--json"], {
    cwd: root,
  });
  expect(code, output).toBe(0);
  const listed: { file: string }[] = JSON.parse(stdout.slice(stdout.indexOf("[")));
  const there = ["packages", "tests", "examples"].flatMap((folder) =>
    filesBelow(join(root, folder), (path) => path.endsWith(".test.ts")),
  );
  expect(listed.map(({ file }) => relative(root, file)).sort()).toEqual(
    there.map((file) => relative(root, file)).sort(),
  );
});
