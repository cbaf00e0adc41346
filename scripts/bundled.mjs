// Bundles programs from the sources of the workspace, so that plain Node runs them, on whatever store their URL names.
import { createRequire } from "node:module";
import { build } from "esbuild";

/** Written before there were modules, reading files beside themselves, or native: taken from where the package that needs them has them. */
const asTheyAre = /^(etcd3|cockatiel|node-zookeeper-client|lmdb)$/;

const inPlace = {
  name: "in place",
  setup({ onResolve }) {
    onResolve({ filter: asTheyAre }, ({ path, importer }) => ({
      path: createRequire(importer).resolve(path),
      external: true,
    }));
  },
};

/** For packages that were written before there were modules, and are bundled all the same. */
const requiring =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

/** Makes `<name>.mjs` in `folder` of each program and of all that it imports; the plugins may change the sources on the way. */
export async function bundlePrograms(programs, folder, plugins = []) {
  await build({
    entryPoints: programs,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    banner: { js: requiring },
    plugins: [...plugins, inPlace],
    logLevel: "warning",
  });
}
