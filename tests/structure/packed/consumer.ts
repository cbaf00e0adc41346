import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../run.ts";
import { manifestIn, root } from "../workspace.ts";
import type { Packed } from "./global-setup.ts";

/** A project outside of the workspace that has installed the packed packages. */
export interface Consumer extends AsyncDisposable {
  readonly folder: string;
  write(name: string, text: string): Promise<string>;
}

/** Installs with npm, from the tarballs and from what the workspace has of their dependencies. */
export async function install(packed: readonly Packed[]): Promise<Consumer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "coord-consumer-")));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  await write("package.json", JSON.stringify({ name: "consumer", private: true }));
  const foreign = await dependenciesOf(packed);
  const flags = ["--prefer-offline", "--install-links", "--ignore-scripts", "--no-audit", "--no-fund"];
  const wanted = [...packed.map(({ tarball }) => tarball), ...foreign];
  const { code, output } = await run("npm", ["install", ...flags, ...wanted], { cwd: folder });
  if (code !== 0) throw new Error(output);
  await addTypesOfNode(folder);
  return { folder, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The folders of all that the packages depend on and that is not from here. */
async function dependenciesOf(packed: readonly Packed[]): Promise<string[]> {
  const found = new Map<string, string>();
  const visit = async (from: string): Promise<void> => {
    for (const name of Object.keys(manifestIn(from).dependencies ?? {})) {
      if (name.startsWith("@coord/") || found.has(name)) continue;
      const folder = await installed(name, from);
      found.set(name, folder);
      await visit(folder);
    }
  };
  for (const { folder } of packed) await visit(join(root, "packages", folder));
  return [...found.values()];
}

/** Where Node finds a package from a folder. */
async function installed(name: string, from: string): Promise<string> {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(place)) return realpath(place);
  }
  throw new Error(`${name} is not installed for ${from}`);
}

async function addTypesOfNode(folder: string): Promise<void> {
  const types = await installed("@types/node", root);
  await mkdir(join(folder, "node_modules/@types"), { recursive: true });
  await cp(types, join(folder, "node_modules/@types/node"), { recursive: true });
  await cp(await installed("undici-types", types), join(folder, "node_modules/undici-types"), { recursive: true });
}
