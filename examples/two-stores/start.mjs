// npm start -- CONFIG_URL DATA_URL: bundles the example from source and runs it.
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundlePrograms } from "../../scripts/bundled.mjs";

const source = (name) => fileURLToPath(new URL(`src/${name}.ts`, import.meta.url));
const folder = fileURLToPath(new URL(`.cache/${process.pid}/`, import.meta.url));

if (process.argv.length !== 4) {
  console.error("usage: npm start -- CONFIG_URL DATA_URL, such as zk://localhost:2181/shop etcd://localhost:2379/shop");
  process.exit(64);
}
await bundlePrograms([source("main"), source("application")], folder);
await import(pathToFileURL(`${folder}main.mjs`).href);
