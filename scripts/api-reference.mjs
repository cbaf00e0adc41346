// Writes docs/api: one page for each door of each published package, from the docstrings of its source.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const root = fileURLToPath(new URL("../", import.meta.url));
const out = process.argv[2] ?? `${root}docs/api`;

/** The sources that a package's doors open. */
function doorsOf(folder) {
  const { exports = {} } = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8"));
  const sources = Object.values(exports).flatMap((door) => door["@coord/source"] ?? []);
  return sources.map((source) => join(root, "packages", folder, source));
}

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: readdirSync(`${root}packages`).flatMap(doorsOf),
  tsconfig: `${root}tsconfig.json`,
  name: "API reference",
  readme: "none",
  outputFileStrategy: "modules",
  flattenOutputFiles: true,
  entryFileName: "README.md",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useHTMLAnchors: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  skipErrorChecking: true,
  githubPages: false,
  outputs: [{ name: "markdown", path: out }],
  logLevel: "Warn",
});
const project = await app.convert();
if (!project) process.exit(1);
for (const door of project.children ?? []) door.name = door.name.replace("/src", "");
await app.generateOutputs(project);
