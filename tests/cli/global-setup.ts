import { createRequire } from "node:module";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import type { TestProject } from "vitest/node";
import { workshop } from "../structure/bundle.ts";
import { root } from "../structure/workspace.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The file of the command `coord`, built from the sources as they are now. */
    coord: string;
  }
}

/** What can't be made one file with the rest stays where it is installed, for the package that imports it. */
const installed: Plugin = {
  name: "installed",
  setup(build) {
    build.onResolve({ filter: /^(commander|etcd3|cockatiel|node-zookeeper-client|lmdb)$/ }, ({ path, importer }) => ({
      path: createRequire(importer).resolve(path),
      external: true,
    }));
  },
};

export async function setup(project: TestProject): Promise<void> {
  const outdir = join(workshop, `cli-${process.pid}`);
  const sources = join(root, "packages/cli/src");
  await build({
    entryPoints: [join(sources, "main.ts"), join(sources, "watchdog-process.ts")],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outExtension: { ".js": ".js" },
    conditions: ["@coord/source"],
    plugins: [installed],
    logLevel: "silent",
  });
  project.provide("coord", join(outdir, "main.js"));
}
