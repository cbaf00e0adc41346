import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { TestProject } from "vitest/node";
import { run } from "../run.ts";
import { filesBelow, manifestIn, published, root } from "../workspace.ts";

/** A package as it would be published. */
export interface Packed {
  readonly name: string;
  /** The name of its folder below `packages`. */
  readonly folder: string;
  readonly tarball: string;
  /** What is in the tarball. */
  readonly contents: string;
}

declare module "vitest" {
  interface ProvidedContext {
    packed: readonly Packed[];
  }
}

const cache = join(root, ".cache/packed");

/** Builds and packs every package, unless that was done with the very same files before. */
export async function setup(project: TestProject): Promise<void> {
  const folder = join(cache, await fingerprint());
  if (!existsSync(folder)) await make(folder);
  project.provide("packed", await Promise.all((await readdir(folder)).sort().map((name) => found(join(folder, name)))));
}

async function found(path: string): Promise<Packed> {
  const contents = join(path, "package");
  const { name } = manifestIn(contents);
  const folder = published().find(({ manifest }) => manifest.name === name)?.folder;
  if (folder === undefined) throw new Error(`${name} was packed, but is not in the workspace`);
  return { name, folder, tarball: join(path, "package.tgz"), contents };
}

/** Into another folder first, so that what is there under its name is whole. */
async function make(folder: string): Promise<void> {
  await removeOld();
  const unfinished = join(cache, `unfinished-${process.pid}`);
  await mkdir(unfinished, { recursive: true });
  const pnpm = async (...args: string[]) => {
    const { code, output } = await run(process.execPath, ["scripts/pnpm.mjs", ...args], {
      cwd: root,
      limitMs: 600_000,
    });
    if (code !== 0) throw new Error(`pnpm ${args.join(" ")} failed:\n${output}`);
  };
  // The builds don't need each other: inside the workspace every package is its source.
  await pnpm("-r", "--no-sort", "--workspace-concurrency=2", "--filter=./packages/*", "run", "build");
  const tarballs = join(unfinished, "tarballs");
  await mkdir(tarballs);
  await pnpm("-r", "--filter=./packages/*", "pack", "--pack-destination", tarballs);
  for (const { folder: name, manifest } of published()) {
    const place = join(unfinished, name);
    await mkdir(place);
    await rename(join(tarballs, fileOf(manifest)), join(place, "package.tgz"));
    const { code, output } = await run("tar", ["-xzf", "package.tgz"], { cwd: place });
    if (code !== 0) throw new Error(output);
  }
  await rm(tarballs, { recursive: true });
  await rename(unfinished, folder).catch((error) => {
    if (!existsSync(folder)) throw error; // else another run was first
  });
}

/** How a tarball is called that has no other name: without the sign of the scope. */
const fileOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

const keepMs = 3_600_000;

/** What another run may be using at this moment stays. */
async function removeOld(): Promise<void> {
  if (!existsSync(cache)) return;
  for (const path of (await readdir(cache)).map((name) => join(cache, name))) {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > keepMs) await rm(path, { recursive: true, force: true });
  }
}

/** Changes with every file that has a part in a package. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  const settings = ["package.json", "pnpm-lock.yaml", "tsconfig.json", "tsup.shared.ts"].map((name) =>
    join(root, name),
  );
  const files = published().flatMap(({ path }) =>
    filesBelow(path, (file) => !relative(path, file).startsWith("test/")),
  );
  for (const file of [...settings, ...files].sort()) hash.update(`${file}\n`).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}
