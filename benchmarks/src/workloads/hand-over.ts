import { Mutex } from "@coord/lock";
import type { Arena } from "../arena.ts";
import { ContenderPool } from "../contender-pool.ts";
import { contend, type Grant, handOvers } from "../contenders.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";
import { p50, quantile, type Series } from "../series.ts";
import { type Figures, type Results, takeTurns } from "../turns.ts";

const contenders = 16;
const turnsEach = 20;
const rounds = { rounds: 15, warmUps: 10, withinMs: 20_000 };

/** A removal and its event: what the quickest hand-over consists of. */
const least = "raw delete + its event";
/** The same line, made by hand of the same calls. */
const byHand = "raw line";

/** Contenders on one key, each of which asks again as soon as it has given its turn away. */
export async function handOver(arena: Arena): Promise<Row[]> {
  return [...(await inOneProcess(arena)), ...(await inProcesses(arena, 4))];
}

async function inOneProcess(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  await using raw = await arena.connectRaw();
  const mutex = new Mutex(coord, "hand-over");
  const enter = async () => {
    const hold = await mutex.acquire();
    return { order: hold.fencingToken, leave: () => hold.release() };
  };
  const results = await takeTurns(
    {
      ours: () => contest(arena, () => contend(enter, contenders, turnsEach)),
      [byHand]: () => contest(arena, () => contend(() => raw.enter("hand-over"), contenders, turnsEach)),
      [least]: async () => ({ p50: p50(await repeated(100, () => raw.removeAndSee())) }),
    },
    rounds,
  );
  return rowsOf(arena, `W3a ${contenders} in one process`, results);
}

async function inProcesses(arena: Arena, processes: number): Promise<Row[]> {
  await using raw = await arena.connectRaw();
  await using pool = await ContenderPool.start(arena, processes);
  const each = { line: "hand-over-of-processes", contenders: contenders / processes, turnsEach };
  const results = await takeTurns(
    {
      ours: () => contest(arena, () => pool.contend({ who: "ours", ...each })),
      [byHand]: () => contest(arena, () => pool.contend({ who: "raw", ...each })),
      [least]: async () => ({ p50: p50(await repeated(100, () => raw.removeAndSee())) }),
    },
    rounds,
  );
  return rowsOf(arena, `W3b ${processes} processes × ${contenders / processes}`, results);
}

async function contest(arena: Arena, work: () => Promise<readonly Grant[]>): Promise<Figures> {
  let grants: readonly Grant[] = [];
  const { received } = await costOf(arena, async () => {
    grants = await work();
  });
  const took = handOvers(grants);
  return { p50: p50(took), p99: quantile(took, 0.99), requests: received / grants.length - arena.goals.standing };
}

function rowsOf({ goals }: Arena, work: string, results: Results): Row[] {
  const handOver = { work, what: "hand-over, p50", unit: "µs", ours: results.of("ours", "p50") };
  const other = (name: string) => ({ name, values: results.of(name, "p50") });
  return [
    { ...handOver, other: other(least), goal: { atMost: 1.3 } },
    { ...handOver, other: other(byHand) },
    {
      work,
      what: "hand-over, p99 of each round",
      unit: "µs",
      ours: results.of("ours", "p99"),
      goal: { atMost: 50_000 },
      always: true,
    },
    {
      work,
      what: `requests beside release and the next standing in line (${goals.standing})`,
      unit: "",
      ours: results.of("ours", "requests"),
      goal: { atMost: goals.handOverRequests },
    },
  ];
}

async function repeated(times: number, measure: () => Promise<number>): Promise<Series> {
  const took: number[] = [];
  while (took.length < times) took.push(await measure());
  return took;
}
