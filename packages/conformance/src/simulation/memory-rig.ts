import { MemoryServer, memory } from "@coord/memory";
import type { Rig } from "../rig.ts";
import { Chance } from "./chance.ts";
import { Network } from "./network.ts";
import { SimulatedProcess, VirtualTime } from "./virtual-time.ts";

export interface SimulatedRig extends Rig {
  /** Lets virtual time pass until `work` has settled. */
  drive<T>(work: () => Promise<T>, limitMs?: number): Promise<T>;
}

/** The memory store as a rig in virtual time: minutes of time-outs pass in milliseconds, and one seed gives one course. */
export function simulatedRig(seed = 1): SimulatedRig {
  const time = new VirtualTime();
  const chance = new Chance(seed);
  const process = new SimulatedProcess("rig", time, chance.fork());
  const server = new MemoryServer(process);
  return {
    runtime: process,
    ttlMs: 1_000,
    lateMs: 50,
    promptMs: 100,
    drive: (work, limitMs) => time.drive(work, limitMs),
    expire: async (sessionId) => server.endSession(sessionId),
    client: async () => {
      const road = chance.fork();
      const network = new Network(server, {
        later: (delayMs, happen) => void time.in(delayMs, happen),
        atClient: (happen) => happen(),
        latencyMs: () => road.between(0.1, 2),
        lateByMs: () => (road.happens(0.7) ? road.between(0, 200) : undefined),
      });
      return { backend: memory({ link: () => network }), network };
    },
  };
}
