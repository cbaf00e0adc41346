import { type Runtime, systemRuntime } from "@coord/core/spi";
import { Connection } from "../src/connection.ts";
import type { Member, Rpc } from "../src/rpc.ts";
import type { Credentials } from "../src/token.ts";

const nothing = () => {};
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export const header = (revision: number, raft_term = 1) => ({
  cluster_id: "1",
  member_id: "1",
  revision: `${revision}`,
  raft_term: `${raft_term}`,
});

/** A connection to one member, whose answers the test decides. */
export const connectionTo = (rpc: object, credentials?: Credentials): Connection =>
  connectionToAll([rpc], credentials, systemRuntime);

/** To several. */
export function connectionToAll(
  rpcs: readonly object[],
  credentials: Credentials | undefined,
  runtime: Runtime,
): Connection {
  const members = rpcs.map(
    (rpc, index) =>
      ({ endpoint: `h:${index + 1}`, rpc: rpc as Rpc, close: nothing, reconnect: nothing }) as unknown as Member,
  );
  return new Connection(members, credentials, { runtime, logger: silent });
}

/** Time that passes when the test says so. */
export function clock(stepMs = 100) {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();
  const timer: Runtime["timer"] = (delayMs, fire) => {
    const due = { atMs: nowMs + delayMs, fire };
    timers.add(due);
    return { cancel: () => void timers.delete(due) };
  };
  const passes = async (ms: number) => {
    for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += stepMs) {
      for (const due of [...timers].filter(({ atMs }) => atMs <= nowMs)) if (timers.delete(due)) due.fire();
      await new Promise(setImmediate);
    }
  };
  return {
    /** How many are set. */
    timers: () => timers.size,
    passes,
    runtime: { ...systemRuntime, now: () => nowMs, timer, random: () => 0.5 },
  };
}
