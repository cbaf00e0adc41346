import { Mutex } from "@coord/lock";
import type { Arena } from "../arena.ts";
import { timed } from "../clock.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";
import { p50 } from "../series.ts";
import { type Figures, takeTurns } from "../turns.ts";

const work = "W1 one free key";
const pairs = 60;

/** Acquire and release, one after the other, of a lock that nobody else wants. */
export async function oneFreeKey(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  await using raw = await arena.connectRaw();
  const { locks, close } = arena.packaged();
  const mutex = new Mutex(coord, "one-free-key");
  const pair = async () => (await mutex.acquire()).release();
  const turn = async (pair: () => Promise<unknown>): Promise<Figures> => {
    const took: number[] = [];
    const { received, cpuUs } = await costOf(arena, async () => {
      for (let done = 0; done < pairs; done += 1) took.push(await timed(pair));
    });
    return { p50: p50(took), cpu: cpuUs / pairs, requests: received / pairs };
  };
  const packaged = locks.map(({ name, pair }) => [name, () => turn(() => pair("one-free-key"))] as const);
  const results = await takeTurns(
    { ours: () => turn(pair), raw: () => turn(() => raw.pair("one-free-key")), ...Object.fromEntries(packaged) },
    { rounds: 40, warmUps: 80, withinMs: 25_000 },
  );
  close();
  const ours = results.of("ours", "p50");
  const against = (name: string) => ({
    work,
    what: "acquire + release, p50",
    unit: "µs",
    ours,
    other: { name, values: results.of(name, "p50") },
  });
  return [
    { ...against("raw"), goal: { atMost: arena.goals.pair } },
    ...locks.map(({ name }) => against(name)),
    {
      work,
      what: "client CPU a pair",
      unit: "µs",
      ours: results.of("ours", "cpu"),
      other: { name: "raw", values: results.of("raw", "cpu") },
    },
    {
      work,
      what: "requests a pair",
      unit: "",
      ours: results.of("ours", "requests"),
      goal: { atMost: arena.goals.pairRequests },
    },
  ];
}
