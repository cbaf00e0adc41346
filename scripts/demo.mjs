// npm run demo: sets itself up with nothing but Node and npm, bundles examples/demo from source and runs it.
import { rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { install } from "./pnpm.mjs";

const stores = { file: ["file"], etcd: ["etcd"], zookeeper: ["zookeeper"], all: ["file", "etcd", "zookeeper"] };
const usage = `usage: npm run demo [-- --store ${Object.keys(stores).join("|")}]`;
const wrongUsage = 64;
const source = (name) => fileURLToPath(new URL(`../examples/demo/src/${name}.ts`, import.meta.url));
const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const folder = `${cache}demo/${process.pid}/`;

function refuse(...lines) {
  for (const line of lines) console.error(line);
  process.exit(wrongUsage);
}

function readOptions() {
  try {
    return parseArgs({ options: { store: { type: "string", default: "file" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    return refuse(`demo: ${error.message}`, usage);
  }
}

const { store, help } = readOptions();
if (help) {
  console.log(usage);
  process.exit(0);
}
if (!Object.hasOwn(stores, store)) refuse(`demo: there is no store ${JSON.stringify(store)}.`, usage);
if (!install()) process.exit(1);
const { bundlePrograms } = await import("./bundled.mjs");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
await bundlePrograms([source("main"), source("worker")], folder);
const { demo } = await import(pathToFileURL(`${folder}main.mjs`).href);
process.exitCode = await demo(stores[store], `${cache}servers/`);
