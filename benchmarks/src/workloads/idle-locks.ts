import { setTimeout as pause } from "node:timers/promises";
import { Mutex } from "@coord/lock";
import type { Arena } from "../arena.ts";
import { costOf } from "../counted.ts";
import type { Row } from "../row.ts";

const held = 1_000;
const work = `W8 ${held} locks held, idle`;
/** Not a matter of rounds: what happens by itself, while nobody asks for anything. */
const idleMs = 20_000;
const settleMs = 2_000;

export async function idleLocks(arena: Arena): Promise<Row[]> {
  await using coord = await arena.connect();
  const locks = Array.from({ length: held }, (_, index) => new Mutex(coord, `idle/${index}`));
  const taking = await costOf(arena, () => Promise.all(locks.map((lock) => lock.acquire())));
  await pause(settleMs); // a hold that lasts begins to watch its entry
  const { received, keepAlives, cpuUs } = await costOf(arena, () => pause(idleMs));
  const { session } = coord.status();
  if (!session) throw new Error("the session was lost");
  const due = Math.floor(idleMs / (session.ttlMs / 3)) + 1; // one at either end of the time
  return [
    { work, what: "taking them", unit: "ms", ours: [taking.tookUs / 1_000] },
    {
      work,
      what: "requests a keep-alive that is due (each ttl/3)",
      unit: "",
      ours: [received / due],
      goal: { atMost: 1 },
    },
    { work, what: "requests a second", unit: "/s", ours: [received / (idleMs / 1_000)] },
    ...(keepAlives === undefined
      ? []
      : [{ work, what: "keep-alives a second", unit: "/s", ours: [keepAlives / (idleMs / 1_000)] }]),
    { work, what: "client CPU", unit: "ms/s", ours: [cpuUs / idleMs] },
  ];
}
