import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { root } from "../structure/workspace.ts";

export type StoreName = "etcd" | "zookeeper";

/** Every client of a store is a package of its own, which is found from where the store's package is. */
const driverPackages = ["etcd3", "cockatiel", "node-zookeeper-client"];

export interface BundledPrograms {
  readonly worker: string;
  readonly fencedResource: string;
}

/** Makes a file of each program and of all that it imports, from the sources as they are, or as the plugins make them. */
export async function bundlePrograms(store: StoreName, name: string, plugins: Plugin[] = []): Promise<BundledPrograms> {
  const folder = join(root, "packages", store, "node_modules/.cache", name);
  const other = store === "etcd" ? "@coord/zookeeper" : "@coord/etcd";
  const program = (file: string) => fileURLToPath(new URL(`programs/${file}.ts`, import.meta.url));
  await build({
    entryPoints: [program("worker"), program("fenced-resource")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: [...driverPackages, other],
    logLevel: "silent",
    plugins,
  });
  return { worker: join(folder, "worker.mjs"), fencedResource: join(folder, "fenced-resource.mjs") };
}
