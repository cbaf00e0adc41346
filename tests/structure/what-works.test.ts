// The table of what works where, in docs/choosing-a-store.md. Written from a run of the kit:
//   npx vitest run tests/certify --reporter=json --outputFile=run.json
//   COORD_CERTIFIED=run.json npx vitest run tests/structure/what-works.test.ts

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  barrierCases,
  type Case,
  configCases,
  discoveryCases,
  electionCases,
  lockCases,
  mirrorCases,
  replicaCases,
  routeCases,
  storeCases,
} from "@coord/conformance";
import { expect, test } from "vitest";
import { root, sourcesBelow } from "./workspace.ts";

const document = join(root, "docs/choosing-a-store.md");

const recipes: readonly (readonly [name: string, cases: readonly Case[]])[] = [
  ["the store itself", storeCases],
  ["`@coord/lock`", lockCases],
  ["`@coord/election`", electionCases],
  ["`@coord/barrier`", barrierCases],
  ["`@coord/discovery`", discoveryCases],
  ["`@coord/config`", configCases],
  ["`@coord/replica`", replicaCases],
  ["`@coord/mirror`", mirrorCases],
  ["several stores", routeCases],
];

/** The columns, and the suites whose runs they are of. */
const stores: readonly (readonly [name: string, suite: RegExp])[] = [
  ["`memory:`, 8 courses of events", /^the memory store, seed/],
  ["`file:`, one process", /^the embedded store, all clients in one process/],
  ["`file:`, a process each", /^the embedded store, each client by another process/],
  ["etcd, 1 member", /^the etcd store, members: 1/],
  ["etcd, 3", /^the etcd store, members: 3/],
  ["ZooKeeper, 1 server", /^ZooKeeper, one server/],
  ["ZooKeeper, 3", /^ZooKeeper, three servers/],
];

/** What vitest's JSON reporter writes, as far as we read it. */
interface Run {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** A case counts for a store if it passed there each time that it ran. */
function passedIn(run: Run): (suite: RegExp, title: string) => boolean {
  const results = run.testResults.flatMap(({ assertionResults }) => assertionResults);
  return (suite, title) => {
    const ran = results.filter((each) => each.title === title && suite.test(each.ancestorTitles[0] ?? ""));
    return ran.length > 0 && ran.every(({ status }) => status === "passed");
  };
}

function tableOf(passed: (suite: RegExp, title: string) => boolean): string {
  const rows = recipes.map(([name, cases]) => [
    name,
    ...stores.map(([, suite]) => `${cases.filter(({ title }) => passed(suite, title)).length}`),
  ]);
  return aligned([["cases that pass", ...stores.map(([name]) => name)], ...rows]);
}

function aligned([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const written = /\| cases that pass .*\n(?:\|.*\n)+/;

test("the table of what works is of the kit's cases as they are, on every store without a gap", () => {
  const { COORD_CERTIFIED: run } = process.env;
  if (run) {
    const table = tableOf(passedIn(JSON.parse(readFileSync(run, "utf8"))));
    writeFileSync(
      document,
      readFileSync(document, "utf8").replace(written, () => `${table}\n`),
    );
  }
  expect(readFileSync(document, "utf8").match(written)?.[0]).toBe(`${tableOf(() => true)}\n`);
  for (const { path, text } of sourcesBelow("tests/certify")) expect(text, path).not.toMatch(/\bgaps\b/);
});
