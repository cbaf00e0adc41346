import type { Arena } from "./arena.ts";
import { nowUs } from "./clock.ts";

export interface Cost {
  readonly tookUs: number;
  /** Of this process, all threads. */
  readonly cpuUs: number;
  /** Messages that the server received. */
  readonly received: number;
  readonly keepAlives: number | undefined;
  /** Messages in which the server told watches of something. */
  readonly watchMessages: number;
}

/** What the work costs this process and the server. */
export async function costOf(arena: Arena, work: () => Promise<unknown>): Promise<Cost> {
  await arena.settle?.();
  const before = await arena.traffic();
  const cpu = process.cpuUsage();
  const startUs = nowUs();
  await work();
  const tookUs = nowUs() - startUs;
  const { user, system } = process.cpuUsage(cpu);
  const after = await arena.traffic();
  return {
    tookUs,
    cpuUs: user + system,
    received: after.received - before.received,
    keepAlives: difference(after.keepAlives, before.keepAlives),
    watchMessages: after.watchMessages - before.watchMessages,
  };
}

const difference = (after: number | undefined, before: number | undefined): number | undefined =>
  after === undefined || before === undefined ? undefined : after - before;
