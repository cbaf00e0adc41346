import { type Coord, connect, type Entry } from "@coord/core";
import { MemoryServer, memory } from "@coord/memory";
import type { HistoryEvent } from "../history/index.ts";
import { Chance } from "./chance.ts";
import { Network } from "./network.ts";
import { SimulatedProcess, VirtualTime } from "./virtual-time.ts";

/** One simulated client: a process with a clock of its own, its network, and the library running in it. */
export interface SimulatedClient {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly network: Network;
  readonly coord: Coord;
  /** Stops the process for a while, in virtual milliseconds. */
  stop(forMs: number): void;
}

/** Everything of one simulation: one server, its clients, and what happened. */
export class World {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly server: MemoryServer;
  readonly clients: SimulatedClient[] = [];
  /** What happened. */
  readonly history: HistoryEvent[] = [];
  /** What was done to the clients, line by line. */
  readonly schedule: string[] = [];
  readonly ttlMs: number;
  /** When the last trouble is over. */
  healedMs = 0;
  /** How long a message travels; a fault may raise it. */
  latencyMs: () => number;
  readonly #calm: () => number;
  readonly #observers: (() => void)[] = [];

  constructor(seed: number) {
    this.chance = new Chance(seed);
    this.ttlMs = this.chance.pick([600, 1_000, 3_000]);
    this.server = new MemoryServer(new SimulatedProcess("server", this.time, this.chance.fork()));
    const travel = this.chance.fork();
    this.#calm = () => travel.between(0.1, 3);
    this.latencyMs = this.#calm;
  }

  get nowMs(): number {
    return this.time.nowMs;
  }

  record(event: HistoryEvent): void {
    this.history.push(event);
  }

  /** Looks at the store below `under` from the side of the server, after each change there, to the end of the run. */
  observe(under: string, look: (entries: readonly Entry[]) => void): void {
    this.#observers.push(this.server.observe(under, look));
  }

  /** Takes the observers away; what is subscribed to the server after that has been left there by a client. */
  stopObserving(): void {
    for (const leave of this.#observers.splice(0)) leave();
  }

  note(what: string): void {
    this.schedule.push(`${this.nowMs.toFixed(1).padStart(10)} ms  ${what}`);
  }

  calm(): void {
    this.latencyMs = this.#calm;
  }

  /** A process whose clock runs up to a twentieth too fast or too slow. */
  async addClient(name: string): Promise<SimulatedClient> {
    const rate = this.chance.happens(0.5) ? this.chance.pick([0.95, 1.05]) : this.chance.between(0.95, 1.05);
    const process = new SimulatedProcess(name, this.time, this.chance.fork(), rate);
    const late = this.chance.fork();
    const network = new Network(this.server, {
      later: (delayMs, happen) => void this.time.in(delayMs, happen),
      atClient: (happen) => process.deliver(happen),
      latencyMs: () => this.latencyMs(),
      lateByMs: () => (late.happens(0.6) ? late.between(0, 2 * this.ttlMs) : undefined),
    });
    const backend = memory({ link: () => network });
    const coord = await connect(backend, { runtime: process, owner: name, session: { ttlMs: this.ttlMs } });
    const client: SimulatedClient = {
      name,
      process,
      network,
      coord,
      stop: (forMs) => {
        if (process.stopped) return;
        process.stop();
        this.record({ at: this.nowMs, client: name, kind: "stopped" });
        this.time.in(forMs, () => {
          process.continue();
          this.time.in(0, () => this.record({ at: this.nowMs, client: name, kind: "continued" }));
        });
      },
    };
    this.clients.push(client);
    return client;
  }
}
