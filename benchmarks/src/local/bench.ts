import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nowUs, timed } from "../clock.ts";
import type { Row } from "../row.ts";
import { p50, quantile, type Series } from "../series.ts";
import { type Contestant, contestants, openLocks } from "./locks.ts";
import type { Order, Report } from "./waiter.ts";

export const versions = { lmdb: "3.5.6", "proper-lockfile": "4.1.2" };

const rounds = 7;
const waitingProcesses = 10;
const idleMs = 10_000;

/** One machine, no server: a free lock, a lock that two processes pass on, and processes that only wait. */
export async function benchLocal(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "coord-bench-"));
  try {
    return [...(await freeLock(folder)), ...(await handOver(folder)), ...(await idleWaiters(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Figures = Record<Contestant, number[]>;

/** Round by round, one after the other, so that what slows a round slows both. */
async function inTurns(measure: (who: Contestant, round: number) => Promise<number>): Promise<Figures> {
  const figures: Figures = { ours: [], "proper-lockfile": [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const who of contestants) {
      const figure = await measure(who, round);
      if (round >= 0) figures[who].push(figure); // the first is for warming up
    }
  }
  return figures;
}

async function freeLock(folder: string): Promise<Row[]> {
  const slow: number[] = [];
  const { ours, ...others } = await inTurns(async (who) => {
    await using locks = await openLocks(who, folder);
    const took: number[] = [];
    for (let count = who === "ours" ? 2_000 : 200; count > 0; count -= 1) {
      took.push(await timed(async () => (await locks.enter("free"))()));
    }
    if (who === "ours") slow.push(quantile(took, 0.99));
    return p50(took);
  });
  const work = "L1 one free lock";
  const name = "proper-lockfile";
  return [
    { work, what: "acquire + release, p50", unit: "µs", ours, goal: { atMost: 100 } },
    { work, what: "acquire + release, p50", unit: "µs", ours, other: { name, values: others[name] } },
    { work, what: "acquire + release, p99", unit: "µs", ours: slow.slice(1) },
  ];
}

async function handOver(folder: string): Promise<Row[]> {
  const processes = await Promise.all([start(folder), start(folder)]);
  const { ours, ...others } = await inTurns(async (who, round) => {
    const order = { who, name: `passed-${round}`, turns: 100 };
    const reports = await Promise.all(processes.map((each) => report(each, order)));
    return p50(handOvers(reports));
  });
  for (const each of processes) await end(each);
  const work = "L2 two processes, one lock";
  const name = "proper-lockfile";
  return [
    { work, what: "hand-over, p50", unit: "µs", ours, goal: { atMost: 3_000 } },
    { work, what: "hand-over, p50", unit: "µs", ours, other: { name, values: others[name] } },
  ];
}

/** From the end of one's turn to the beginning of the other's, where it passed from one process to the other. */
function handOvers(reports: readonly Report[]): Series {
  const turns = reports
    .flatMap(({ turns }, process) => turns.map(([fromUs, untilUs]) => ({ process, fromUs, untilUs })))
    .sort((a, b) => a.fromUs - b.fromUs);
  return turns.flatMap((turn, index) => {
    const before = turns[index - 1];
    return before && before.process !== turn.process ? [turn.fromUs - before.untilUs] : [];
  });
}

async function idleWaiters(folder: string): Promise<Row[]> {
  const name = "never-free";
  const figures: Figures = { ours: [], "proper-lockfile": [] };
  for (const who of contestants) {
    await using locks = await openLocks(who, folder);
    const leave = await locks.enter(name);
    const processes = await Promise.all(Array.from({ length: waitingProcesses }, () => start(folder)));
    await Promise.all(
      processes.map(async (each) => {
        const entering = once(each, "message");
        each.send({ who, name, turns: 1 } satisfies Order);
        await entering;
      }),
    );
    await pause(3_000);
    const before = cpuMs(processes);
    const startUs = nowUs();
    await pause(idleMs);
    figures[who].push((100 * (cpuMs(processes) - before)) / ((nowUs() - startUs) / 1_000));
    await leave();
    for (const each of processes) await end(each);
  }
  const work = `L3 ${waitingProcesses} processes wait`;
  const ours = figures.ours;
  return [
    { work, what: "CPU of all of them", unit: "% of a core", ours, goal: { atMost: 2 } },
    {
      work,
      what: "CPU of all of them",
      unit: "% of a core",
      ours,
      other: { name: "proper-lockfile", values: figures["proper-lockfile"] },
    },
  ];
}

/** User and system time of the processes, as the system counts it, a hundred times a second. */
function cpuMs(processes: readonly ChildProcess[]): number {
  return processes.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return sum + 10 * (Number(fields[11]) + Number(fields[12]));
  }, 0);
}

async function start(folder: string): Promise<ChildProcess> {
  const process = fork(fileURLToPath(new URL("waiter.mjs", import.meta.url)), [folder]);
  await once(process, "message");
  return process;
}

async function report(process: ChildProcess, order: Order): Promise<Report> {
  const reported = new Promise<Report>((resolve) => {
    process.on("message", function listen(message: unknown) {
      if (typeof message !== "object") return;
      process.off("message", listen);
      resolve(message as Report);
    });
  });
  process.send(order);
  return reported;
}

async function end(process: ChildProcess): Promise<void> {
  const exit = once(process, "exit");
  process.kill("SIGKILL");
  await exit;
}
