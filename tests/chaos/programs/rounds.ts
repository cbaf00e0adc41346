import { setTimeout as pause } from "node:timers/promises";
import type { Coord, Hold } from "@coord/core";
import { Election } from "@coord/election";
import { type Lock, Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import { Attempt } from "./attempt.ts";
import type { FencedWriter } from "./fenced-writer.ts";
import type { Journal } from "./journal.ts";

/** What a round needs of its process. */
export interface Worker {
  readonly client: string;
  readonly coord: Coord;
  readonly journal: Journal;
  readonly writer: FencedWriter;
  readonly signal: AbortSignal;
  /** Whether it keeps what it has, for now. */
  readonly clings: () => boolean;
}

/** One attempt to hold something of this name, and what is done with it. `id` is unique in the process. */
export type Round = (worker: Worker, id: string) => Promise<void>;

/** What is contended for, by name. */
export const lines = {
  mutex: { capacity: 1 },
  "read-write": { capacity: 1_000 },
  semaphore: { capacity: 3 },
  election: { capacity: 1 },
} as const;

export type LineName = keyof typeof lines;

export const rounds: Readonly<Record<LineName, Round>> = {
  mutex: (worker, id) => {
    const mutex = new Mutex(worker.coord, "mutex");
    return hold(worker, "mutex", id, mutex, 1, (held) => write(worker, "mutex", held));
  },

  "read-write": (worker, id) => {
    const { read, write: exclusive } = new ReadWriteLock(worker.coord, "read-write");
    if (happens(0.6)) return hold(worker, "read-write", id, read, 1, (held) => work(worker, held));
    const whole = lines["read-write"].capacity;
    return hold(worker, "read-write", id, exclusive, whole, (held) => write(worker, "read-write", held));
  },

  semaphore: (worker, id) => {
    const { capacity: permits } = lines.semaphore;
    const weight = happens(0.7) ? 1 : 2;
    const semaphore = new Semaphore(worker.coord, "semaphore", { permits });
    const some: Acquirable = { acquire: (options) => semaphore.acquire({ ...options, weight }) };
    return hold(worker, "semaphore", id, some, weight, (held) => work(worker, held));
  },

  async election(worker, id) {
    const attempt = new Attempt(worker.journal, worker.client, "election", id);
    const election = new Election(worker.coord, "election", { id });
    const body = async (leadership: Hold) => {
      attempt.granted(leadership, 1);
      await write(worker, "election", leadership);
      attempt.released();
    };
    await election.lead(body, { signal: worker.signal }).catch((error) => attempt.declined(error));
  },
};

type Acquirable = Pick<Lock, "acquire">;

async function hold(
  { client, journal, signal }: Worker,
  name: LineName,
  id: string,
  lock: Acquirable,
  weight: number,
  use: (held: Hold) => Promise<void>,
): Promise<void> {
  const attempt = new Attempt(journal, client, name, id);
  let held: Hold;
  try {
    held = await lock.acquire({ signal, requeue: happens(0.3) });
  } catch (error) {
    return attempt.declined(error);
  }
  attempt.granted(held, weight);
  await use(held);
  attempt.released();
  await held.release();
}

/** Works for a short while; a process that clings goes on until it has lost what it holds, or is told to let go. */
async function work({ clings }: Pick<Worker, "clings">, held: Hold, step: () => Promise<unknown> = async () => {}) {
  const { signal } = held;
  const steps = 1 + Math.floor(4 * Math.random());
  for (let count = 0; (count < steps || clings()) && !signal.aborted; count += 1) {
    await step();
    await pause(10 * Math.random(), undefined, { signal }).catch(() => {});
  }
}

/** Writes in small steps, each right after `check()`. One who has lost it writes once more, as one who forgot to check would. */
async function write({ writer, ...worker }: Pick<Worker, "writer" | "clings">, resource: LineName, held: Hold) {
  const { fencingToken: token, check } = held;
  const writeNow = () => writer.write(resource, token);
  await work(worker, held, async () => {
    check();
    await writeNow();
  }).catch(() => {});
  if (held.lost) await writeNow();
}

const happens = (chance: number): boolean => Math.random() < chance;
