import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./run.ts";
import { root } from "./workspace.ts";

// The workspace as npm sees it, without the dependencies, which npm looks up before it looks at anything else.
let bare: string;

beforeAll(async () => {
  bare = await mkdtemp(join(tmpdir(), "coord-installing-"));
  const { devDependencies: _, ...manifest } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await writeFile(join(bare, "package.json"), JSON.stringify(manifest));
  await cp(join(root, ".npmrc"), join(bare, ".npmrc"));
  await mkdir(join(bare, "scripts"));
  await cp(join(root, "scripts/only-pnpm.mjs"), join(bare, "scripts/only-pnpm.mjs"));
});

afterAll(() => rm(bare, { recursive: true, force: true }));

test.each([
  ["npm install", []],
  ["npm install --force", ["--force"]],
])("%s fails and says what to type instead", async (_, flags) => {
  const { packageManager } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const { code, output } = await run("npm", ["install", ...flags, "--offline"], { cwd: bare });
  expect(code, output).not.toBe(0);
  for (const line of ["npm test", "npm run demo", `npx -y ${packageManager} install`]) expect(output).toContain(line);
  expect(existsSync(join(bare, "node_modules"))).toBe(false);
});
