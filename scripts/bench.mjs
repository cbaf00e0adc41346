// npm run bench -- etcd|zookeeper|local: sets itself up with nothing but Node and npm, bundles benchmarks/ from source and runs it.
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { install } from "./pnpm.mjs";

const source = (name) => fileURLToPath(new URL(`../benchmarks/src/${name}.ts`, import.meta.url));
const folder = fileURLToPath(new URL("../benchmarks/.cache/", import.meta.url));
/** Clients are compared, not disks: the servers keep their data in memory where there is a place for that. */
const memory = "/dev/shm";

/** For packages of the testbed that were written before there were modules. */
const requiring =
  'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);';

async function bundle() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: {
      main: source("main"),
      "contender-process": source("contender-process"),
      "leader-process": source("leader-process"),
      waiter: source("local/waiter"),
    },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: ["etcd3", "cockatiel", "@grpc/grpc-js", "node-zookeeper-client", "lmdb", "proper-lockfile"], // found from that folder as from the sources
    banner: { js: requiring },
    sourcemap: true,
    logLevel: "warning",
  });
}

if (!install()) process.exit(1);
await bundle();
if (!process.env.TMPDIR && existsSync(memory)) process.env.TMPDIR = memory;
await import(pathToFileURL(`${folder}main.mjs`).href);
