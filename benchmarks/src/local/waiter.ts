// Forked by bench.ts: takes turns at a lock with its parent, or waits for one that never comes free.
import { nowUs } from "../clock.ts";
import { type Contestant, openLocks } from "./locks.ts";

export interface Order {
  readonly who: Contestant;
  readonly name: string;
  readonly turns: number;
}

/** When each turn began and ended, in microseconds on the machine's clock. */
export interface Report {
  readonly turns: readonly (readonly [fromUs: number, untilUs: number])[];
}

const [, , folder = ""] = process.argv;

process.on("message", async ({ who, name, turns }: Order) => {
  await using locks = await openLocks(who, folder);
  process.send?.("entering");
  const taken: [number, number][] = [];
  while (taken.length < turns) {
    const leave = await locks.enter(name);
    const fromUs = nowUs();
    await new Promise(setImmediate); // so that the other one stands in line
    taken.push([fromUs, nowUs()]);
    await leave();
  }
  process.send?.({ turns: taken } satisfies Report);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
