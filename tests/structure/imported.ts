import { isBuiltin } from "node:module";
import ts from "typescript";

export interface SourceFile {
  /** From the root of the workspace, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Imported {
  readonly specifier: string;
  /** `import("…")` with a literal, evaluated when it is reached. */
  readonly dynamic: boolean;
}

export const parse = ({ path, text }: SourceFile): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

/** Every module that a file names: by `import`, `export … from`, `import()`, `require()`, types included. */
export function imported(file: SourceFile): Imported[] {
  const found: Imported[] = [];
  walk(parse(file), (node) => {
    const named = namedBy(node);
    if (named) found.push(named);
  });
  return found;
}

function namedBy(node: ts.Node): Imported | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier, false);
  if (ts.isExternalModuleReference(node)) return literal(node.expression, false);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal, false);
  if (!ts.isCallExpression(node)) return undefined;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], true) ?? { specifier: "(computed)", dynamic: true };
  }
  if (ts.isIdentifier(node.expression) && node.expression.text === "require") return literal(node.arguments[0], false);
  return undefined;
}

function literal(node: ts.Node | undefined, dynamic: boolean): Imported | undefined {
  return node && ts.isStringLiteralLike(node) ? { specifier: node.text, dynamic } : undefined;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The package that a specifier names; undefined for what Node brings and for files. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("/") || isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1];
}
