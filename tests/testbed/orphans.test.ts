import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { bundle } from "../structure/bundle.ts";
import { eventually } from "./eventually.ts";
import type { Ending, LeftBehind } from "./leave-behind.ts";
import { isRunning } from "./process-table.ts";

const servers = inject("servers");
let program: string;

beforeAll(async () => {
  program = await bundle(new URL("leave-behind.ts", import.meta.url), "leave-behind");
});

async function run(kind: keyof typeof servers, ending: Ending): Promise<{ child: ChildProcess; left: LeftBehind }> {
  const child = spawn(process.execPath, [program, kind, ending, JSON.stringify(servers)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface(child.stdout), "line");
  return { child, left: JSON.parse(line) };
}

async function expectAllGone({ pids, folder }: LeftBehind): Promise<void> {
  await eventually("every server is gone", () => expect(pids.filter(isRunning)).toEqual([]));
  await eventually("their data is gone", () => !existsSync(folder));
}

for (const kind of ["etcd", "zookeeper"] as const) {
  test.skipIf(servers[kind].kind !== "binaries")(`${kind} does not outlive a killed process`, async () => {
    const { child, left } = await run(kind, "wait");
    expect(left.pids.length).toBeGreaterThan(0);
    expect(left.pids.filter(isRunning)).toEqual(left.pids);
    expect(existsSync(left.folder)).toBe(true);
    child.kill("SIGKILL");
    await expectAllGone(left);
  });
}

test.skipIf(servers.etcd.kind !== "binaries").each(["exit", "throw", "finish"] as const)(
  "servers do not outlive a process that ends by %s, nor keep it from ending",
  async (ending) => {
    const { child, left } = await run("etcd", ending);
    await eventually("the process has ended", () => child.exitCode !== null);
    await expectAllGone(left);
  },
);
