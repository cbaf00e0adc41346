import { etcdPackages } from "./etcd.ts";
import type { Found, Servers } from "./found.ts";
import { zooKeeperPackages } from "./zookeeper.ts";

/** Something that is missing, and what to do about it. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
  readonly packages: readonly string[];
  /** Names one that runs already, where that is of use. */
  readonly variable?: string;
}

/** None, or one. */
export function missing(
  name: string,
  found: Found<unknown>,
  packages: readonly string[],
  variable?: string,
): readonly Missing[] {
  if (found.kind !== "missing") return [];
  return [{ name, reason: found.reason, packages, ...(variable !== undefined && { variable }) }];
}

export const missingServers = ({ etcd, zookeeper }: Servers): readonly Missing[] => [
  ...missing("etcd", etcd, etcdPackages, "COORD_TEST_ETCD_URL"),
  ...missing("ZooKeeper", zookeeper, zooKeeperPackages, "COORD_TEST_ZOOKEEPER_URL"),
];

/** Prints the notice if something is missing, and the run goes on without; under `CI` that is an error. */
export function reportMissing(
  absent: readonly Missing[],
  env: NodeJS.ProcessEnv,
  print: (notice: string) => void,
): void {
  const notice = missingNotice(absent);
  if (notice === undefined) return;
  if (isSet(env.CI)) throw new Error(`CI is set, so everything that is tested with has to be there\n${notice}`);
  print(notice);
}

function isSet(flag: string | undefined): boolean {
  return flag !== undefined && !["", "0", "false"].includes(flag);
}

/** A framed text about what is missing, with the command to type; undefined if nothing is. */
export function missingNotice(absent: readonly Missing[]): string | undefined {
  return absent.length === 0 ? undefined : frame(absent.map(section).join("\n\n"));
}

function section({ name, reason, packages, variable }: Missing): string {
  return [
    `No ${name}: the tests on it do not run. To have it, type`,
    "",
    `    sudo apt-get install ${packages.join(" ")}`,
    "",
    ...(variable === undefined ? [] : [`or set ${variable} to a server that runs.`]),
    "It is not installed, and fetching it failed:",
    "",
    reason,
  ].join("\n");
}

function frame(text: string): string {
  const lines = text.split("\n").flatMap((line) => fold(line, 96));
  const width = Math.max(...lines.map((line) => line.length));
  const rule = "─".repeat(width + 2);
  return [`┌${rule}┐`, ...lines.map((line) => `│ ${line.padEnd(width)} │`), `└${rule}┘`].join("\n");
}

/** At spaces, which are not carried over; but a word longer than a line is broken. */
function fold(line: string, width: number): string[] {
  const [first = "", ...rest] = line.match(new RegExp(`.{1,${width}}(?=\\s|$)|.{1,${width}}`, "g")) ?? [];
  return [first, ...rest.map((part) => part.trimStart())];
}
