import { CoordError, type Hold } from "@coord/core";
import { pause } from "@coord/core/spi";
import { type AcquireOptions, Mutex } from "@coord/lock";
import {
  exactlyOnce,
  exclusion,
  fairness,
  fencing,
  type HistoryEvent,
  lossBeforeGrant,
  type Violation,
} from "../history/index.ts";
import { asSeenRunning } from "./running.ts";
import type { Workload } from "./simulate.ts";
import type { SimulatedClient, World } from "./world.ts";

const name = "m";
const resource = "account";
/** How often the workers of one client ask in all. */
const attemptsPerClient = 12;

/**
 * Workers pass one lock along: they wait for ever or for a while, are cancelled, try, requeue; and while they hold it
 * they write to a resource that checks fencing tokens, each write right after `check()`.
 */
export const mutexWorkload: Workload = {
  name: "mutex",
  start(world) {
    recordAdmissions(world);
    const highest = { token: 0n };
    const workersPerClient = world.chance.pick([2, 2, 2, 6]);
    return world.clients.flatMap((client) =>
      Array.from({ length: workersPerClient }, (_, index) =>
        new Worker(world, client, index, highest).work(Math.round(attemptsPerClient / workersPerClient)),
      ),
    );
  },
  judge(world, { operator }) {
    const { history } = world;
    if (!history.some(({ kind }) => kind === "granted"))
      return [{ rule: "idle", message: "nothing was granted", events: [] }];
    const always = [
      ...fencing(history),
      ...exactlyOnce(history, { complete: true }),
      ...fairness(history, { callOrder: false }),
    ];
    if (operator) return always.filter(({ rule }) => !unknowable.includes(rule));
    const running = asSeenRunning(world.trace);
    return [...always, ...exclusion(running), ...lossBeforeGrant(running).violations, ...refusedWrites(history)];
  },
  leftovers: (world) => world.server.list(name).entries.map(({ key }) => key),
};

/** What nobody can prevent who is not told: a session is ended from outside while the answer that grants the lock is on its way. */
const unknowable: readonly string[] = ["token-fell", "granted-out-of-order"];

class Worker {
  readonly #world: World;
  readonly #client: SimulatedClient;
  readonly #id: string;
  readonly #mutex: Mutex;
  readonly #highest: { token: bigint };
  #attempts = 0;

  constructor(world: World, client: SimulatedClient, index: number, highest: { token: bigint }) {
    this.#world = world;
    this.#client = client;
    this.#id = `${client.name}/${index}`;
    this.#mutex = new Mutex(client.coord, name);
    this.#highest = highest;
  }

  async work(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await this.#pause(0, 400);
      await this.#attempt();
    }
  }

  async #attempt(): Promise<void> {
    const { chance } = this.#world;
    this.#attempts += 1;
    const attempt = `${this.#id}#${this.#attempts}`;
    this.#record("asked", attempt);
    const cancel = new AbortController();
    const options: AcquireOptions = {
      signal: cancel.signal,
      requeue: chance.happens(0.3),
      ...(chance.happens(0.4) ? { waitMs: chance.between(0, 2_000) } : {}),
    };
    if (chance.happens(0.3)) this.#client.process.timer(chance.between(0, 1_500), () => cancel.abort("cancelled"));
    try {
      const hold = chance.happens(0.2) ? await this.#mutex.tryAcquire() : await this.#mutex.acquire(options);
      if (hold) await this.#use(hold, attempt);
      else this.#record("refused", attempt);
    } catch (error) {
      this.#record(error === "cancelled" ? "cancelled" : "refused", attempt);
      if (error !== "cancelled" && !CoordError.is(error, "LOCK_TIMEOUT", "TIMEOUT", "SESSION_LOST", "LOCK_LOST"))
        throw error;
    }
  }

  async #use(hold: Hold, attempt: string): Promise<void> {
    const { fencingToken: token } = hold;
    const { name: client } = this.#client;
    this.#world.record({ at: this.#world.nowMs, client, kind: "granted", name, attempt, token });
    hold.signal.addEventListener("abort", () => this.#record("lost", attempt, token));
    const writes = this.#world.chance.integer(0, 3);
    for (let count = 0; count < writes; count += 1) {
      await this.#pause(0, 300);
      if (!this.#writes(hold)) break;
    }
    if (!hold.signal.aborted) this.#record("released", attempt, token);
    await hold.release();
  }

  /** `check()` and the write are one synchronous step: whoever passes the check may not be refused. */
  #writes(hold: Hold): boolean {
    try {
      hold.check();
    } catch {
      return false;
    }
    const { fencingToken: token } = hold;
    const accepted = token >= this.#highest.token;
    if (accepted) this.#highest.token = token;
    this.#world.record({ at: this.#world.nowMs, client: this.#client.name, kind: "write", resource, token, accepted });
    return true;
  }

  #record(kind: "asked" | "lost" | "released" | "refused" | "cancelled", attempt: string, token?: bigint): void {
    this.#world.record({
      at: this.#world.nowMs,
      client: this.#client.name,
      kind,
      name,
      attempt,
      ...(token === undefined ? {} : { token }),
    });
  }

  #pause(lowMs: number, highMs: number): Promise<void> {
    return pause(this.#client.process, this.#world.chance.between(lowMs, highMs));
  }
}

/** Writes down, at the server, which entry becomes first in line and which goes. */
function recordAdmissions(world: World): void {
  let first: bigint | undefined;
  let there: readonly bigint[] = [];
  world.observe(name, (entries) => {
    const orders = entries.map(({ order }) => order).sort((a, b) => Number(a - b));
    const record = (kind: "admitted" | "removed", token: bigint) =>
      world.record({ at: world.nowMs, kind, name, token });
    for (const token of there) if (!orders.includes(token)) record("removed", token);
    if (orders[0] !== undefined && orders[0] !== first) record("admitted", orders[0]);
    [first] = orders;
    there = orders;
  });
}

/** Whoever has just passed `check()` holds the lock, so the resource has seen no higher token. */
function refusedWrites(history: readonly HistoryEvent[]): Violation[] {
  return history
    .filter((event) => event.kind === "write" && !event.accepted)
    .map((event) => ({ rule: "stale-write", message: "a write was refused that had passed check()", events: [event] }));
}
