import { etcdPackages } from "./etcd.ts";
import type { Found, Servers } from "./found.ts";
import { zooKeeperPackages } from "./zookeeper.ts";

/** Prints the notice if a server is missing, and the run goes on without; under `CI` that is an error. */
export function reportMissing(servers: Servers, env: NodeJS.ProcessEnv, print: (notice: string) => void): void {
  const notice = missingServersNotice(servers);
  if (notice === undefined) return;
  if (isSet(env.CI)) throw new Error(`CI is set, so every server has to be there\n${notice}`);
  print(notice);
}

function isSet(flag: string | undefined): boolean {
  return flag !== undefined && !["", "0", "false"].includes(flag);
}

/** A framed text about the servers that are missing, with the command to type; undefined if none is. */
export function missingServersNotice(servers: Servers): string | undefined {
  const sections = [
    ...section("etcd", servers.etcd, "COORD_TEST_ETCD_URL", etcdPackages),
    ...section("ZooKeeper", servers.zookeeper, "COORD_TEST_ZOOKEEPER_URL", zooKeeperPackages),
  ];
  return sections.length === 0 ? undefined : frame(sections.join("\n\n"));
}

function section(name: string, found: Found<unknown>, variable: string, packages: readonly string[]): string[] {
  if (found.kind !== "missing") return [];
  return [
    [
      `No ${name}: the tests on it do not run. To have it, type`,
      "",
      `    sudo apt-get install ${packages.join(" ")}`,
      "",
      `or set ${variable} to a server that runs. It is not installed, and fetching it failed:`,
      "",
      found.reason,
    ].join("\n"),
  ];
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
