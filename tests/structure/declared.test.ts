import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { imported, packageOf } from "./imported.ts";
import { published, sourcesBelow, type WorkspacePackage } from "./workspace.ts";

function importedPackages({ folder }: WorkspacePackage): Set<string> {
  const named = sourcesBelow(`packages/${folder}/src`).flatMap(imported);
  return new Set(named.flatMap(({ specifier }) => packageOf(specifier) ?? []));
}

/** What the build copies into the package, so that nobody has to install it. */
async function bundled({ path }: WorkspacePackage): Promise<string[]> {
  const config: { default: { noExternal?: readonly string[] } } = await import(join(path, "tsup.config.ts"));
  return [...(config.default.noExternal ?? [])];
}

describe.each(published().map((found) => [found.manifest.name, found] as const))("%s", (_, found) => {
  const { dependencies = {}, devDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = found.manifest;
  const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);

  test("declares every package that its sources import", async () => {
    const copied = await bundled(found);
    const undeclared = [...importedPackages(found)].filter((name) => !declared.has(name) && !copied.includes(name));
    expect(undeclared).toEqual([]);
  });

  test("imports every package that it declares", () => {
    const sources = importedPackages(found);
    expect([...declared].filter((name) => !sources.has(name))).toEqual([]);
  });

  test("asks nobody to install what it brings along", async () => {
    const copied = await bundled(found);
    expect(copied.filter((name) => declared.has(name))).toEqual([]);
    const direct = copied.filter((name) => importedPackages(found).has(name));
    expect(direct.filter((name) => devDependencies[name] === undefined)).toEqual([]);
  });

  test("says of every peer whether it may be missing", () => {
    expect(Object.keys(peerDependenciesMeta).filter((name) => peerDependencies[name] === undefined)).toEqual([]);
  });

  test("names exact versions of what is not from here", () => {
    const foreign = Object.entries(dependencies).filter(([name]) => !name.startsWith("@coord/"));
    expect(foreign.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });
});
