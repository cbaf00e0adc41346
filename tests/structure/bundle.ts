import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { bundlePrograms } from "../../scripts/bundled.mjs";
import { root } from "./workspace.ts";

/** Where tests put what they make: inside of `tests`, so that packages are found from there as by any test. */
export const workshop = join(root, "tests/.cache");

/**
 * Makes a program of its sources as they are now, or as the plugins make them, in a folder of this name: two tests that
 * may run at once take two names. Gives its path.
 */
export async function bundle(program: string | URL, name: string, plugins: readonly Plugin[] = []): Promise<string> {
  const source = program instanceof URL ? fileURLToPath(program) : program;
  const folder = join(workshop, "programs", name);
  await bundlePrograms([source], folder, plugins);
  return join(folder, `${parse(source).name}.mjs`);
}
