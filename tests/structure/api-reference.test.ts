import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";
import { filesBelow, root } from "./workspace.ts";

/** The pages below `folder`, by their paths. */
async function pagesOf(folder: string): Promise<Record<string, string>> {
  const paths = filesBelow(folder, (path) => path.endsWith(".md"));
  const pages = paths.map(async (path) => [relative(folder, path), await readFile(path, "utf8")] as const);
  return Object.fromEntries(await Promise.all(pages));
}

test("the API reference is what `npm run api` writes", { timeout: 180_000 }, async () => {
  const fresh = await mkdtemp(join(tmpdir(), "coord-api-"));
  try {
    const script = join(root, "scripts/api-reference.mjs");
    const { code, output } = await run(process.execPath, [script, fresh], { cwd: root, limitMs: 170_000 });
    expect(code, output).toBe(0);
    expect(await pagesOf(join(root, "docs/api"))).toEqual(await pagesOf(fresh));
  } finally {
    await rm(fresh, { recursive: true });
  }
});
