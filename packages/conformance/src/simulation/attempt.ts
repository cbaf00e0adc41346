import { CoordError, type ErrorCode } from "@coord/core";
import { pause } from "@coord/core/spi";
import type { SimulatedClient, World } from "./world.ts";

/** What a wait may end with under faults. */
const expectedCodes: readonly ErrorCode[] = ["LOCK_TIMEOUT", "TIMEOUT", "SESSION_LOST", "LOCK_LOST", "LEADERSHIP_LOST"];

/** The life of one attempt to hold something, written down as it happens. */
export class Attempt {
  readonly #world: World;
  readonly #client: SimulatedClient;
  readonly #name: string;
  readonly #id: string;

  constructor(world: World, client: SimulatedClient, name: string, id: string) {
    this.#world = world;
    this.#client = client;
    this.#name = name;
    this.#id = id;
    this.#record("asked");
  }

  granted(token: bigint, weight?: number): void {
    const { name: client } = this.#client;
    const at = this.#world.nowMs;
    const more = weight === undefined ? {} : { weight };
    this.#world.record({ at, client, kind: "granted", name: this.#name, attempt: this.#id, token, ...more });
  }

  lost(token: bigint): void {
    this.#record("lost", token);
  }

  released(token: bigint): void {
    this.#record("released", token);
  }

  /** It ended without a hold: cancelled, refused, or in a way in which none may end. */
  declined(error?: unknown, also: readonly ErrorCode[] = []): void {
    this.#record(error === "cancelled" ? "cancelled" : "refused");
    if (error !== undefined && error !== "cancelled" && !CoordError.is(error, ...expectedCodes, ...also)) throw error;
  }

  #record(kind: "asked" | "lost" | "released" | "refused" | "cancelled", token?: bigint): void {
    const { name: client } = this.#client;
    const more = token === undefined ? {} : { token };
    this.#world.record({ at: this.#world.nowMs, client, kind, name: this.#name, attempt: this.#id, ...more });
  }
}

export interface DrawnWait {
  readonly signal: AbortSignal;
  readonly waitMs?: number;
}

/** How long somebody waits, and whether it changes its mind. */
export function drawWait({ chance }: World, { process }: SimulatedClient): DrawnWait {
  const cancel = new AbortController();
  const limit = chance.happens(0.4) ? { waitMs: chance.between(0, 2_000) } : {};
  if (chance.happens(0.25)) process.timer(chance.between(0, 1_500), () => cancel.abort("cancelled"));
  return { signal: cancel.signal, ...limit };
}

export function pauseUpTo({ chance }: World, { process }: SimulatedClient, mostMs: number): Promise<void> {
  return pause(process, chance.between(0, mostMs));
}

/** Each client's workers, each of which does its rounds one after the other. */
export function workers(
  world: World,
  perClient: number,
  rounds: number,
  round: (client: SimulatedClient, id: string) => Promise<void>,
): readonly Promise<void>[] {
  const work = async (client: SimulatedClient, worker: number) => {
    for (let count = 0; count < rounds; count += 1) {
      await pauseUpTo(world, client, 400);
      await round(client, `${client.name}/${worker}#${count}`);
    }
  };
  return world.clients.flatMap((client) => Array.from({ length: perClient }, (_, worker) => work(client, worker)));
}
