import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Arena } from "./arena.ts";
import { resultsFolder } from "./places.ts";
import type { Judged } from "./row.ts";
import { tableOf } from "./table.ts";

export interface Run {
  readonly store: string;
  readonly date: string;
  readonly tookSeconds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly Judged[];
}

export function runOf(
  store: string,
  { versions }: Pick<Arena, "versions">,
  rows: readonly Judged[],
  tookSeconds: number,
): Run {
  return {
    store,
    date: new Date().toISOString(),
    tookSeconds: Math.round(tookSeconds),
    versions: { node: process.versions.node, commit: commit(), ...versions },
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
      serverData: tmpdir(),
    },
    rows,
  };
}

export function textOf({ store, date, tookSeconds, versions, machine, rows }: Run): string {
  const facts = (record: Readonly<Record<string, string | number>>) =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  const head = [`npm run bench -- ${store}`, `${date}, ${tookSeconds} s`, facts(versions), facts(machine)];
  const foot = "Median of the rounds (least–most). Those who are compared take turns within one run: read the ratios.";
  return `${head.join("\n")}\n\n${tableOf(rows)}\n\n${foot}\n`;
}

/** The text is for the repository, the figures are for programs. */
export function write(run: Run): void {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${run.store}.txt`), textOf(run));
  writeFileSync(join(resultsFolder, `${run.store}.json`), `${JSON.stringify(run, undefined, 2)}\n`);
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
