import { setTimeout as pause } from "node:timers/promises";
import { type Coord, connect } from "@coord/core";
import type { Functions } from "./calls.ts";
import { CheckFailed } from "./check.ts";
import { nowMs, seconds } from "./clock.ts";
import { Resource, type ResourceCalls } from "./resource.ts";
import type { DemoStore } from "./stores.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What a worker has: a client of the store, and the resource. */
export interface InWorker {
  readonly coord: Coord;
  readonly resource: { readonly [Name in keyof ResourceCalls]: Asked<ResourceCalls[Name]> };
}

type Asked<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;

/** What the parent has: a client of its own, three workers, and the resource. */
export interface Stage<Part extends Functions> {
  readonly coord: Coord;
  readonly workers: readonly [WorkerProcess<Part>, WorkerProcess<Part>, WorkerProcess<Part>];
  readonly resource: Resource;
  /** How long the store keeps what a silent worker holds, as it granted it. */
  readonly ttlMs: number;
}

export interface StepParts<Part extends Functions> {
  readonly title: string;
  /** How long the store is asked to keep what a silent worker holds. */
  readonly ttlMs: number;
  /** What each worker process can be asked to do. */
  inWorker(worker: InWorker): Part;
  /** Runs in the parent: asks the workers, checks, and says in one sentence what held. */
  run(stage: Stage<Part>): Promise<string>;
}

export interface Step {
  readonly title: string;
  inWorker(worker: InWorker): Functions;
  /** Sets the stage in a namespace of its own, runs the step on it and clears it; gives the sentence and how long the step itself took. */
  perform(store: DemoStore): Promise<Performance>;
}

export interface Performance {
  readonly held: string;
  readonly tookMs: number;
}

/** Each step has a namespace and worker processes of its own, so one that fails does no harm to the next. */
export function step<Part extends Functions>(parts: StepParts<Part>): Step {
  const { title, ttlMs: askedMs } = parts;
  return {
    title,
    inWorker: (worker) => parts.inWorker(worker),
    async perform(store) {
      const url = store.urlOf(title.replace(/[^a-z0-9]+/gi, "-"));
      const resource = new Resource();
      const worker = (name: string) => new WorkerProcess<Part>({ name, step: title, url, ttlMs: askedMs, resource });
      const workers = [worker("worker 1"), worker("worker 2"), worker("worker 3")] as const;
      let coord: Coord | undefined;
      try {
        coord = await connect(url, { owner: "parent" });
        const [ttlMs] = await Promise.all(workers.map(({ connected }) => connected));
        const startMs = nowMs();
        const held = await inTime(parts.run({ coord, workers, resource, ttlMs: ttlMs ?? askedMs }));
        return { held, tookMs: nowMs() - startMs };
      } finally {
        for (const worker of workers) worker.signal("SIGKILL");
        await Promise.all([coord?.close(), ...workers.map(({ ended }) => ended)]);
      }
    },
  };
}

const longestStepMs = 20_000;

/** A step that hangs has failed. */
async function inTime(run: Promise<string>): Promise<string> {
  const done = new AbortController();
  const late = pause(longestStepMs, undefined, { signal: done.signal }).then(() => {
    throw new CheckFailed(`the step to end within ${seconds(longestStepMs)}`, "it did not");
  });
  try {
    return await Promise.race([run, late]);
  } finally {
    done.abort();
    late.catch(() => {});
  }
}
