import { Coord } from "./coord.ts";
import { CoordError, UnavailableError, UsageError } from "./errors.ts";
import { joinKey, toKey } from "./key.ts";
import { guarded, type Logger, silentLogger } from "./logger.ts";
import { defaultOwner } from "./owner.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import type { Backend } from "./store.ts";
import { assertDuration, waiting } from "./wait.ts";

/** Long enough for a pause of the garbage collector or the network, and a dead holder is replaced within it. */
export const defaultTtlMs = 10_000;

export interface ConnectOptions {
  readonly session?: {
    /** How long the store keeps what this client holds after it fell silent, in milliseconds. Default 10 000. */
    readonly ttlMs?: number;
  };
  /** Who this client says it is, for people who look. Default: host and process id. */
  readonly owner?: string | undefined;
  /** A prefix for all names, below the one of the URL. */
  readonly namespace?: string;
  /** How long to try to reach the store, in milliseconds. Default 10 000. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** pino and alike; silent by default. */
  readonly logger?: Logger;
  /** Time, timers and chance; for simulations. */
  readonly runtime?: Runtime;
}

/** The packages that know how to reach a store, by the scheme of its URL. The only arrow from here to a backend. */
const backends: Record<
  string,
  { readonly name: string; readonly load: () => Promise<{ fromUrl(url: string): Backend }> }
> = {
  memory: { name: "@coord/memory", load: () => import("@coord/memory") },
};

/**
 * Connects to a store and opens a session; resolves after a real round trip.
 *
 * @param target a URL such as `memory:name`, or what a backend's own function made, such as `memory()`.
 * @throws UnavailableError naming the endpoints tried, when the store could not be reached in `waitMs`.
 */
export async function connect(target: string | Backend, options: ConnectOptions = {}): Promise<Coord> {
  const { runtime = systemRuntime, logger = silentLogger, owner = defaultOwner, waitMs = 10_000, signal } = options;
  const ttlMs = options.session?.ttlMs;
  assertTtl(ttlMs);
  assertOwner(owner);
  assertDuration("waitMs", waitMs);
  signal?.throwIfAborted();
  const backend = typeof target === "string" ? await backendOf(target) : target;
  const namespace = joinKey(backend.namespace, options.namespace === undefined ? "" : toKey(options.namespace));
  const store = await backend.open({ runtime, logger: guarded(logger) });
  const coord = new Coord({
    store,
    backend,
    namespace,
    owner,
    ttlMs: Math.max(ttlMs ?? defaultTtlMs, ttlMs === undefined ? store.traits.minTtlMs : 0),
    ttlAsked: ttlMs !== undefined,
    runtime,
    logger,
  });
  try {
    await firstSession(coord, backend, { runtime, waitMs, signal });
    return coord;
  } catch (error) {
    await coord.close({ waitMs: 0 });
    throw error;
  }
}

async function firstSession(
  coord: Coord,
  backend: Backend,
  { runtime, waitMs, signal }: { runtime: Runtime; waitMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  let lastError: unknown;
  const limits = { signal, waitMs, timeout: () => unreachable(backend, waitMs, lastError) };
  await waiting(runtime, limits, (wait) => {
    const started = coord.start((error) => {
      lastError = error;
      return wait.signal.aborted;
    });
    return wait.race(started);
  });
}

function unreachable(backend: Backend, waitMs: number, cause: unknown): UnavailableError {
  const reason = CoordError.is(cause) ? ` The last error: ${cause.message}` : "";
  return new UnavailableError(
    `No store answered within ${waitMs} ms at ${backend.endpoints.join(", ")}.${reason} Check that it runs and that the address is right.`,
    { operation: "connect", cause },
  );
}

async function backendOf(url: string): Promise<Backend> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  const known = scheme === undefined ? undefined : backends[scheme];
  if (!known) {
    const schemes = Object.keys(backends).map((name) => `${name}:`);
    throw new UsageError(
      `${scheme === undefined ? "The URL has no scheme" : `The scheme "${scheme}:" is not known`}; connect() takes ${schemes.join(", ")} URLs, or what a backend's own function makes.`,
      { operation: "connect" },
    );
  }
  return (await load(known)).fromUrl(url);
}

async function load({ name, load }: (typeof backends)[string]): Promise<{ fromUrl(url: string): Backend }> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as { code?: string }).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new UsageError(`This URL needs the package ${name}. Type: npm install ${name}`, {
      operation: "connect",
      cause,
    });
  }
}

function assertTtl(ttlMs: number | undefined): void {
  if (ttlMs === undefined) return;
  if (typeof ttlMs !== "number" || !Number.isFinite(ttlMs) || ttlMs <= 0) {
    throw new UsageError(`\`session.ttlMs\` must be a number of milliseconds above 0, got ${String(ttlMs)}.`, {
      operation: "connect",
    });
  }
}

function assertOwner(owner: string): void {
  if (typeof owner !== "string" || owner === "") {
    throw new UsageError("`owner` must be a string that is not empty.", { operation: "connect" });
  }
}
