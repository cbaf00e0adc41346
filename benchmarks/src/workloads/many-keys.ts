import { Mutex } from "@coord/lock";
import type { Arena } from "../arena.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";
import { type Figures, takeTurns } from "../turns.ts";

const keys = 64;
const work = `W2 ${keys} keys at once`;

/** As many tasks as keys in one process, each of which acquires and releases its own over and over. */
export async function manyKeys(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  await using raw = await arena.connectRaw();
  const { locks, close } = arena.packaged();
  const [lock] = locks;
  const { manyPairs, manyPairsCpu } = arena.goals;
  const names = Array.from({ length: keys }, (_, index) => `many-keys/${index}`);
  const mutexes = names.map((name) => new Mutex(coord, name));
  const turn = async <T>(
    pairsEach: number,
    tasks: readonly T[],
    pair: (task: T) => Promise<unknown>,
  ): Promise<Figures> => {
    const loop = async (task: T) => {
      for (let done = 0; done < pairsEach; done += 1) await pair(task);
    };
    const { tookUs, cpuUs, received } = await costOf(arena, () => Promise.all(tasks.map(loop)));
    const pairs = keys * pairsEach;
    return { rate: (pairs / tookUs) * 1e6, cpu: cpuUs / pairs, requests: received / pairs };
  };
  const results = await takeTurns(
    {
      ours: () => turn(40, mutexes, async (mutex) => (await mutex.acquire()).release()),
      raw: () => turn(10, names, (name) => raw.pair(name)),
      ...(lock && { [lock.name]: () => turn(4, names, lock.pair) }),
    },
    { rounds: 41, warmUps: 12, withinMs: 25_000 },
  );
  close();
  const rate = { work, what: "pairs a second", unit: "/s", ours: results.of("ours", "rate") };
  return [
    { ...rate, other: { name: "raw", values: results.of("raw", "rate") }, goal: { atLeast: manyPairs.raw } },
    ...(lock && manyPairs.packaged !== undefined
      ? [
          {
            ...rate,
            other: { name: lock.name, values: results.of(lock.name, "rate") },
            goal: { atLeast: manyPairs.packaged },
          },
        ]
      : []),
    { work, what: "requests a pair", unit: "", ours: results.of("ours", "requests"), goal: { atMost: 0.1 } },
    {
      work,
      what: "client CPU a pair",
      unit: "µs",
      ours: results.of("ours", "cpu"),
      other: { name: "raw", values: results.of("raw", "cpu") },
      goal: { atMost: manyPairsCpu },
    },
  ];
}
