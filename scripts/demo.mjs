// npm run demo: sets itself up with nothing but Node and npm, bundles examples/demo from source and runs it.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { install } from "./pnpm.mjs";

const usage = "usage: npm run demo [-- --store memory]";
const wrongUsage = 64;
const source = (name) => fileURLToPath(new URL(`../examples/demo/src/${name}.ts`, import.meta.url));
const folder = fileURLToPath(new URL("../.cache/demo/", import.meta.url));

function refuse(...lines) {
  for (const line of lines) console.error(line);
  process.exit(wrongUsage);
}

function readOptions() {
  try {
    return parseArgs({ options: { store: { type: "string", default: "memory" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    return refuse(`demo: ${error.message}`, usage);
  }
}

/** Each file is put in place whole, so that two demos that start at once don't read half a file. */
async function bundle() {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [source("main"), source("worker")],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    logLevel: "warning",
  });
  mkdirSync(folder, { recursive: true });
  for (const { path, contents } of outputFiles) {
    const written = `${folder}${process.pid}-${basename(path)}`;
    writeFileSync(written, contents);
    renameSync(written, path);
  }
}

const { store, help } = readOptions();
if (help) {
  console.log(usage);
  process.exit(0);
}
if (store !== "memory") refuse(`demo: this release has only the memory store, not ${JSON.stringify(store)}.`, usage);
if (!install()) process.exit(1);
await bundle();
await import(pathToFileURL(`${folder}main.mjs`).href);
