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

/** Installs with npm, as a user does: from the tarballs, and their dependencies from the registry. */
export async function install(packed: readonly Packed[]): Promise<Consumer> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "coord-consumer-")));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  await write("package.json", JSON.stringify({ name: "consumer", private: true }));
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const wanted = [...packed.map(({ tarball }) => tarball), ...packed.flatMap(doorkeepers)];
  const { code, output } = await run("npm", ["install", ...flags, ...wanted], { cwd: folder });
  if (code !== 0) throw new Error(output);
  await addTypesOfNode(folder);
  return { folder, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** What a package's further doors are for: its optional peers, in the versions that it is tested with. Backends are among the packed. */
function doorkeepers({ folder }: Packed): string[] {
  const { peerDependenciesMeta = {}, devDependencies = {} } = manifestIn(join(root, "packages", folder));
  const foreign = Object.keys(peerDependenciesMeta).filter((name) => !name.startsWith("@coord/"));
  return foreign.map((name) => `${name}@${devDependencies[name]}`);
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
