import { existsSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { filesBelow, filesOf, manifestIn, published, root, type Target } from "../workspace.ts";

const every = inject("packed");

test("every package is packed", () => {
  expect(every.map(({ name }) => name).sort()).toEqual(
    published()
      .map(({ manifest }) => manifest.name)
      .sort(),
  );
});

/** All files below, as paths from there. */
const below = (folder: string) =>
  filesIn(folder)
    .map((path) => relative(folder, path))
    .sort();

/** `filesBelow` passes over `dist`, which is what matters here. */
const filesIn = (folder: string): string[] => [
  ...filesBelow(folder, () => true),
  ...filesBelow(join(folder, "dist"), () => true),
];

/** What `import`, `export … from`, `import()`, `require()` and `new URL()` look like in a file that was built. */
const naming = /(?:\bfrom|\bimport|\brequire|\bnew URL)\s*\(?\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

/** The files that these lead to by relative imports, themselves included. */
function reachable(folder: string, from: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    const file = join(folder, path);
    if (!/\.[cm]?[jt]s$/.test(path) || !existsSync(file)) return;
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(naming)) {
      const target = join(dirname(path), specifier);
      visit(/\.d\.[cm]?ts$/.test(path) ? target.replace(/\.([cm]?)js$/, ".d.$1ts") : target);
    }
  };
  for (const path of from) visit(path);
  return seen;
}

/** The conditions of a door without the one that leads to the sources. */
function withoutSource(target: Target): Target {
  if (typeof target === "string") return target;
  return Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== "@coord/source"));
}

describe.each(every.map((packed) => [packed.name, packed] as const))("%s", (_, { folder, contents }) => {
  const manifest = manifestIn(contents);
  const workspace = manifestIn(join(root, "packages", folder));
  const doors = manifest.exports ?? {};
  const named = [
    ...filesOf(doors),
    ...Object.values(manifest.bin ?? {}),
    ...[manifest.main, manifest.module, manifest.types].filter((path) => path !== undefined),
  ].map((path) => path.replace(/^\.\//, ""));
  const files = below(contents);

  test("has every file that its manifest names", () => {
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !files.includes(path))).toEqual([]);
  });

  test("has no file that nobody can reach", () => {
    const used = reachable(contents, named);
    expect([...used].filter((path) => !files.includes(path))).toEqual([]);
    expect(files.filter((path) => path.startsWith("dist/") && !used.has(path))).toEqual([]);
  });

  test("has the same doors as inside the workspace, without the way to the sources", () => {
    const inside = Object.entries(workspace.exports ?? {}).map(([door, target]) => [door, withoutSource(target)]);
    expect(doors).toEqual(Object.fromEntries(inside));
    expect(readFileSync(join(contents, "package.json"), "utf8")).not.toMatch(/@coord\/source|workspace:/);
  });

  test("opens every door to import and to require, the one file for both where Node can", () => {
    for (const [door, target] of Object.entries(doors)) {
      if (typeof target === "string") continue;
      expect(Object.keys(target), door).toEqual(["module-sync", "import", "require"]);
      for (const way of Object.values(target)) expect(Object.keys(way), door).toEqual(["types", "default"]);
    }
  });

  test("has nothing in it but what was built, the manifest, the licence and the readme", () => {
    const kept = /^(dist\/.+\.(js|cjs|d\.ts|d\.cts)|README\.md|LICENSE|package\.json)$/;
    expect(files.filter((path) => !kept.test(path))).toEqual([]);
    for (const path of ["README.md", "LICENSE", "package.json"]) expect(files).toContain(path);
  });

  test("names no path of the machine that built it, and no source map", () => {
    const wrongs = filesIn(contents).filter((path) => {
      const text = readFileSync(path, "utf8");
      return foreign.some((part) => text.includes(part)) || /\/(Users|home)\/\w+\//.test(text);
    });
    expect(wrongs).toEqual([]);
  });
});

const foreign = [root, homedir(), tmpdir(), "file:///", "sourceMappingURL"].filter((part) => part.length > 1);
