import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "./workspace.ts";

/** Where tests put what they make: inside of `tests`, so that packages are found from there as by any test. */
export const workshop = join(root, "tests/.cache");

/** Makes one file of a program and of all that it imports, from the sources as they are now. Gives its path. */
export async function bundle(program: string | URL, name: string): Promise<string> {
  const outfile = join(workshop, "programs", `${name}.mjs`);
  await build({
    entryPoints: [program instanceof URL ? fileURLToPath(program) : program],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    logLevel: "silent",
  });
  return outfile;
}
