// Who may import whom, and what no source may do: pure functions of a file's path and text.
import { basename, dirname, join } from "node:path/posix";
import ts from "typescript";
import { type Imported, imported, packageOf, parse, type SourceFile, walk } from "./imported.ts";

const recipes = ["lock", "election", "barrier", "discovery", "config", "replica", "mirror"];
const backends = ["memory", "local", "etcd", "zookeeper"];
/** These alone may see both sides. */
const above = ["conformance", "cli"];

/** The one file of core that reaches for a backend, when a URL asks for it. */
const connecting = "packages/core/src/connect.ts";
/** Where time is taken from: what passes it on, and the clock that processes share. */
const clocks = ["packages/core/src/runtime.ts", "packages/local/src/machine.ts"];

/** Packages that a single place deals with. */
const places: Record<string, string> = {
  "p-retry": "packages/core/src/retry.ts",
  etcd3: "packages/etcd/",
  "node-zookeeper-client": "packages/zookeeper/",
  "xxhash-wasm": "packages/discovery/src/hashing.ts",
  undici: "packages/discovery/src/undici.ts",
  "@grpc/grpc-js": "packages/discovery/src/grpc.ts",
  lmdb: "packages/local/",
};

/** Where time and chance are passed in. */
const simulated =
  /^packages\/(barrier|config|core|discovery|election|local|lock|memory|mirror|replica|zookeeper)\/src\//;

const saysNothing = /^(utils?|helpers?|common|misc|shared)\.[mc]?tsx?$/;

/** What is wrong with a file of `packages/<name>/src`, a sentence each. */
export function wrongsOf(file: SourceFile): string[] {
  const wrongs = [...importWrongs(file), ...textWrongs(file)];
  if (saysNothing.test(basename(file.path))) wrongs.push("its name doesn't say what is in it");
  return wrongs.map((wrong) => `${file.path}: ${wrong}`);
}

/** What is wrong with the imports of a file of `packages/<name>/test`: it may see whatever its package declares. */
export function wrongsOfTest(file: SourceFile): string[] {
  return imported(file)
    .flatMap(({ specifier }) => outside(file.path, specifier, packageFolder(file.path)) ?? inner(specifier) ?? [])
    .map((wrong) => `${file.path}: ${wrong}`);
}

function importWrongs(file: SourceFile): string[] {
  const owner = file.path.split("/")[1] ?? "";
  if (![...recipes, ...backends, ...above, "core"].includes(owner)) {
    return [`the package "${owner}" is neither a recipe, a backend nor anything else that has its rule`];
  }
  const source = `${packageFolder(file.path)}src/`;
  return imported(file).flatMap(
    (named) =>
      outside(file.path, named.specifier, source) ??
      inner(named.specifier) ??
      arrow(file.path, owner, named) ??
      elsewhere(file.path, named.specifier) ??
      [],
  );
}

const packageFolder = (path: string) => `${path.split("/").slice(0, 2).join("/")}/`;

function outside(path: string, specifier: string, folder: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const target = join(dirname(path), specifier);
  return target.startsWith(folder) ? undefined : `"${specifier}" leads out of ${folder}`;
}

function inner(specifier: string): string | undefined {
  return /^@coord\/[^/]+\/(src|dist|test)(\/|$)/.test(specifier)
    ? `"${specifier}" is no door, but the inside of a package`
    : undefined;
}

function arrow(path: string, from: string, { specifier, dynamic }: Imported): string | undefined {
  const to = /^@coord\/([^/]+)/.exec(specifier)?.[1];
  if (to === undefined || above.includes(from)) return undefined;
  if (to === from) return `"${specifier}" is its own package; import the file`;
  if (from === "core") {
    if (path === connecting && dynamic && backends.includes(to)) return undefined;
    return `core must not import "${specifier}"; only connect.ts may load a backend, dynamically`;
  }
  if (to === "core") return undefined;
  if (recipes.includes(from)) return `a recipe imports core alone, not "${specifier}"`;
  if (from === "local" && to === "memory") return undefined;
  return `a backend imports core alone, not "${specifier}"`;
}

function elsewhere(path: string, specifier: string): string | undefined {
  if (specifier === "(computed)") return "a dynamic import must name its module literally";
  if (/^(node:)?timers(\/|$)/.test(specifier) && simulated.test(path)) return `"${specifier}": time is passed in`;
  const place = places[packageOf(specifier) ?? ""];
  return place === undefined || path.startsWith(place) ? undefined : `"${specifier}" belongs in ${place} alone`;
}

function textWrongs(file: SourceFile): string[] {
  const wrongs: string[] = [];
  const timed = simulated.test(file.path) && !clocks.includes(file.path);
  walk(parse(file), (node) => {
    if (isDefaultExport(node)) wrongs.push("has a default export");
    if (isStarExport(node) && basename(file.path) === "index.ts") wrongs.push("is an index and must export by name");
    if (ts.isPropertyAccessExpression(node) && signalsThatLeak.has(node.getText())) {
      wrongs.push(`${node.getText()}() is not to be used: it leaks, or doesn't hold the process`);
    }
    for (const name of takenFromEtcd3(node))
      wrongs.push(`${name} of etcd3 is not to be used: only its typed calls are`);
    const taken = timed ? takenFromProcess(node) : undefined;
    if (taken) wrongs.push(`${taken}: time and chance are passed in`);
  });
  return wrongs;
}

const signalsThatLeak = new Set(["AbortSignal.any", "AbortSignal.timeout"]);
const ambient = new Set(["setTimeout", "setInterval", "setImmediate", "randomUUID"]);
const ambientMembers = new Set(["Date.now", "performance.now", "Math.random", "process.hrtime", "process.uptime"]);

function takenFromProcess(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && ambient.has(node.text)) return node.text;
  if (ts.isPropertyAccessExpression(node) && ambientMembers.has(node.getText())) return node.getText();
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) return "new Date()";
  return undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some(isDefaultKeyword) ?? false);
}

const isDefaultKeyword = (modifier: ts.Modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword;

/** Nothing of `etcd3` but its typed remote calls: the rest repeats, loses and forgets; see the records of decisions. */
function takenFromEtcd3(node: ts.Node): string[] {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return [];
  if (node.moduleSpecifier.text !== "etcd3") return [];
  const bindings = node.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return ["(all of it)"];
  return bindings.elements
    .map(({ name, propertyName }) => (propertyName ?? name).text)
    .filter((name) => !/^(Etcd3$|[A-Z]\w+Client$|I[A-Z][a-z])/.test(name));
}

const isStarExport = (node: ts.Node) =>
  ts.isExportDeclaration(node) && (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause));
