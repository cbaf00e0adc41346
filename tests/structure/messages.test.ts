// What a user may be told, some test has read: three words of each message that stand together, at least.

import ts from "typescript";
import { expect, test } from "vitest";
import { parse, type SourceFile, walk } from "./imported.ts";
import { packages, sourcesBelow } from "./workspace.ts";

/** The kit meets this one on real servers, and asks every store for its code alone. */
const readByTheirCode = ["did not renew the session"];

const sources = packages()
  .filter(({ folder }) => folder !== "conformance")
  .flatMap(({ folder }) => sourcesBelow(`packages/${folder}/src`));
const tests = ["tests", ...packages().map(({ folder }) => `packages/${folder}/test`), "packages/conformance/src"]
  .flatMap((folder) => sourcesBelow(folder))
  .filter(({ path }) => path !== "tests/structure/messages.test.ts")
  .map(({ text }) => text.replaceAll(/\\(?=[^\w\s])/g, ""))
  .join("\n");

/** The errors that callers get, by the names of their classes; those of the wire and of a channel are causes of these. */
const classes = new Set(["CoordError", "InvalidArgumentError", "MisuseError"]);
for (let before = 0; before < classes.size; ) {
  before = classes.size;
  for (const { text } of sources) {
    for (const [, name = "", base = ""] of text.matchAll(/class (\w+)[^{]*? extends (\w+)/g)) {
      if (classes.has(base)) classes.add(name);
    }
  }
}

interface Message {
  readonly at: string;
  /** Its words, without what is put in. */
  readonly pieces: readonly string[];
}

function messagesOf(file: SourceFile): Message[] {
  const source = parse(file);
  const found: Message[] = [];
  walk(source, (node) => {
    if (!ts.isNewExpression(node) || !classes.has(node.expression.getText())) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    const pieces = (node.arguments ?? []).filter((given) => !ts.isObjectLiteralExpression(given)).flatMap(piecesOf);
    found.push({ at: `${file.path}:${line + 1}`, pieces });
  });
  return found;
}

function piecesOf(argument: ts.Node): string[] {
  const pieces: string[] = [];
  walk(argument, (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) pieces.push(node.text);
  });
  return pieces;
}

/** All that stand together in threes. */
function threes(piece: string): string[] {
  const words = piece.split(/\s+/).filter((word) => word !== "");
  return words.slice(2).map((_, index) => words.slice(index, index + 3).join(" "));
}

test("every message of an error that callers get is read by a test", () => {
  const messages = sources.flatMap(messagesOf).map(({ at, pieces }) => ({ at, said: pieces.flatMap(threes), pieces }));
  expect(messages.filter(({ said }) => said.length > 0).length).toBeGreaterThan(150);
  const unread = messages.filter(({ said }) => said.length > 0 && !said.some((three) => tests.includes(three)));
  expect(unread.filter(({ pieces }) => !readByTheirCode.some((known) => pieces.join("…").includes(known)))).toEqual([]);
});
