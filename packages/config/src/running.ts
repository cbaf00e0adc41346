import { CoordError } from "@coord/core";
import {
  decodeJson,
  decodeOwner,
  encodeOwner,
  isTransient,
  joinKey,
  type Key,
  onAbort,
  pause,
  type RecipeContext,
  retry,
  revise,
  waiting,
} from "@coord/core/recipe";
import type { DocumentKeys } from "./place.ts";

/** An instance, and which version of the document it runs. */
export interface RunningInstance {
  readonly instance: string;
  readonly version: number;
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;
const pauseMs = (failures: number) => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 16));

/** What may be otherwise on the next session, or with other rights. */
const mayPass = (error: unknown) => isTransient(error) || CoordError.is(error, "SESSION_LOST", "AUTH");

/** Shows which version one instance runs, in an entry of its client's session; on the next session anew. */
export class Running {
  readonly #context: RecipeContext;
  readonly #directory: Key;
  readonly #instance: string;
  readonly #over = new AbortController();
  readonly #shown: Promise<void>;
  #version: number;
  /** Ends the pause until there is something to do. */
  #news = new AbortController();

  constructor(context: RecipeContext, keys: DocumentKeys, instance: string, version: number) {
    this.#context = context;
    this.#directory = keys.running;
    this.#instance = instance;
    this.#version = version;
    const leave = context.onClosing(() => this.#over.abort("closing"));
    this.#shown = context.track(
      this.#show()
        .catch((error) => this.#failed(error))
        .finally(leave),
    );
  }

  runs(version: number): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#news.abort("news");
  }

  /** The entry is gone, or goes with the session. */
  async close(): Promise<void> {
    this.#over.abort("closed");
    await this.#shown;
  }

  async #show(): Promise<void> {
    const { signal } = this.#over;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#onOneSession();
        failures = 0;
      } catch (error) {
        if (signal.aborted || !mayPass(error)) throw error;
        if (CoordError.is(error, "AUTH") && failures === 0)
          this.#context.logger.warn({ error }, "which version runs here can't be shown yet");
        await pause(this.#context.runtime, pauseMs(failures) * this.#context.runtime.random(), signal);
        failures += 1;
      }
    }
  }

  async #onOneSession(): Promise<void> {
    const { runtime, store } = this.#context;
    const { signal } = this.#over;
    const timeout = () => new Error("no limit");
    const session = await waiting(runtime, { signal, timeout }, (wait) => this.#context.ready(wait));
    const key = joinKey(this.#directory, runtime.uniqueId());
    const alive = () => session.alive && !signal.aborted;
    const leave = session.onLost(() => this.#news.abort("lost"));
    try {
      while (alive()) {
        this.#news = new AbortController();
        const value = this.#value();
        const change = (now: { readonly value: Uint8Array } | undefined) =>
          now && Buffer.compare(now.value, value) === 0 ? undefined : value;
        await revise(this.#context, key, change, { session: session.stored, when: alive, signal }).catch((error) => {
          if (CoordError.is(error, "SESSION_LOST")) session.end("expired"); // before its next heartbeat would find out
          throw error;
        });
        if (alive()) await either(signal, this.#news.signal);
      }
    } finally {
      leave();
      const remove = () => store.commit({ writes: [{ remove: key }] });
      await retry(runtime, remove, { when: (error) => isTransient(error) && session.alive, retries: 3 }).catch(
        () => {},
      ); // then it goes with the session
    }
  }

  #value() {
    const { owner, runtime } = this.#context;
    return encodeOwner(owner, runtime.wallClock(), { instance: this.#instance, version: this.#version });
  }

  #failed(error: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#context.logger.error({ error, instance: this.#instance }, "which version runs here can't be shown");
  }
}

const either = (a: AbortSignal, b: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const leaves: (() => void)[] = [];
    const end = () => {
      for (const leave of leaves) leave();
      resolve();
    };
    for (const signal of [a, b]) leaves.push(onAbort(signal, end));
  });

/** The instances that show themselves, by name. What can't be read is left out. */
export async function runningInstances(
  { store, runtime }: RecipeContext,
  { running }: DocumentKeys,
): Promise<readonly RunningInstance[]> {
  const { entries } = await retry(runtime, () => store.list(running), { when: isTransient, retries: 4 });
  return entries
    .flatMap(({ value }) => {
      const owner = decodeOwner(value);
      const { instance, version } = (decodeJson(value) ?? {}) as Partial<RunningInstance>;
      if (!owner || typeof instance !== "string" || typeof version !== "number") return [];
      return { instance, version, owner: owner.owner, host: owner.host, pid: owner.pid };
    })
    .sort((a, b) => (a.instance < b.instance ? -1 : 1));
}
