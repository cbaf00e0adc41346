import { Coord } from "./coord.ts";
import { CoordError, UnavailableError, UsageError } from "./errors.ts";
import { joinKey, type Key, toKey } from "./key.ts";
import { guarded, type Logger, silentLogger } from "./logger.ts";
import type { MountParts } from "./mount.ts";
import { defaultOwner } from "./owner.ts";
import { Routes } from "./routes.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import type { Backend, Store } from "./store.ts";
import { assertDuration, type Wait, waiting } from "./wait.ts";

/** Long enough for a pause of the garbage collector or the network, and a dead holder is replaced within it. */
export const defaultTtlMs = 10_000;

export interface ConnectOptions {
  readonly session?:
    | {
        /** How long the store keeps what this client holds after it fell silent, in milliseconds. Default 10 000. */
        readonly ttlMs?: number | undefined;
      }
    | undefined;
  /** Who this client says it is, for people who look. Default: host and process id. */
  readonly owner?: string | undefined;
  /** A prefix for all names, below the one of the URL; together 512 bytes at most. */
  readonly namespace?: string | undefined;
  /** How long to try to reach the store, in milliseconds. Default 10 000. */
  readonly waitMs?: number | undefined;
  /**
   * Don't wait for the store: the client is there at once, and opens its session as soon as the store can be reached. For those who can begin without
   * it, with a configuration from a snapshot file, say. Default `false`.
   */
  readonly lazy?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** pino and alike; silent by default. */
  readonly logger?: Logger | undefined;
  /** Time, timers and chance; for simulations. */
  readonly runtime?: Runtime | undefined;
}

/** The packages that know how to reach a store, by the scheme of its URL. The only arrow from here to a backend. */
const backends: Record<
  string,
  { readonly name: string; readonly load: () => Promise<{ fromUrl(url: string): Backend }> }
> = {
  memory: { name: "@coord/memory", load: () => import("@coord/memory") },
  file: { name: "@coord/local", load: () => import("@coord/local") },
  etcd: { name: "@coord/etcd", load: () => import("@coord/etcd") },
  etcds: { name: "@coord/etcd", load: () => import("@coord/etcd") },
  zk: { name: "@coord/zookeeper", load: () => import("@coord/zookeeper") },
  zks: { name: "@coord/zookeeper", load: () => import("@coord/zookeeper") },
};

/**
 * Connects to a store and opens a session; resolves after a real round trip, unless it is `lazy`.
 *
 * @param target a URL such as `memory:name`, what a backend's own function made, such as `memory()`, or `routes({…})` for several.
 * @throws UnavailableError naming the endpoints tried, when the store could not be reached in `waitMs`.
 */
export async function connect(target: string | Backend | Routes, options: ConnectOptions = {}): Promise<Coord> {
  const { runtime = systemRuntime, logger = silentLogger, owner = defaultOwner, waitMs = 10_000, signal } = options;
  const ttlMs = options.session?.ttlMs;
  assertTtl(ttlMs);
  assertOwner(owner);
  assertDuration("waitMs", waitMs);
  signal?.throwIfAborted();
  const places = await placesOf(target, options.namespace === undefined ? "" : toKey(options.namespace));
  let lastError: unknown;
  const limits = { signal, waitMs, timeout: () => unreachable(places, waitMs, lastError) };
  return waiting(runtime, limits, async (wait) => {
    const open = async (place: Place): Promise<MountParts> => {
      const { backend, namespace } = place;
      const store = await opened(backend.open({ runtime, logger: guarded(logger), namespace }), wait);
      return {
        ...place,
        store,
        ttlMs: ttlMs ?? Math.max(defaultTtlMs, store.traits.minTtlMs),
        ttlAsked: ttlMs !== undefined,
      };
    };
    const mounts = await allOrNone(places.map(open));
    const coord = new Coord({ mounts, owner, runtime, logger });
    if (options.lazy) {
      coord.begin();
      return coord;
    }
    try {
      const started = coord.start((error) => {
        lastError = error;
        return wait.over;
      });
      await wait.race(started);
      wait.throwIfOver();
      return coord;
    } catch (error) {
      await coord.close({ waitMs: 0 });
      throw error;
    }
  });
}

/** A store to be opened, and what is to be seen of it. */
type Place = Pick<MountParts, "at" | "backend" | "namespace">;

async function placesOf(target: string | Backend | Routes, inside: Key): Promise<readonly Place[]> {
  const placeOf = async (at: Key, each: string | Backend): Promise<Place> => {
    const backend = typeof each === "string" ? await backendOf(each) : each;
    const namespace = joinKey(backend.namespace, inside);
    assertNamespace(namespace);
    return { at, backend, namespace };
  };
  const table = target instanceof Routes ? target.table : [{ at: "", target }];
  return Promise.all(table.map(({ at, target }) => placeOf(at, target)));
}

/** If one of them can't be opened the others are closed again. */
async function allOrNone(opening: readonly Promise<MountParts>[]): Promise<readonly MountParts[]> {
  try {
    return await Promise.all(opening);
  } catch (error) {
    for (const one of opening) one.then(({ store }) => store.close()).catch(() => {});
    throw error;
  }
}

/** The store, unless the wait ends first: then it is closed when it comes. */
async function opened(opening: Promise<Store>, wait: Wait): Promise<Store> {
  try {
    return await wait.race(opening);
  } catch (error) {
    opening.then((store) => store.close()).catch(() => {});
    throw error;
  }
}

function unreachable(places: readonly Place[], waitMs: number, cause: unknown): UnavailableError {
  const endpoints = places.flatMap(({ backend }) => backend.endpoints);
  const reason = CoordError.is(cause) ? ` The last error: ${cause.message}` : "";
  return new UnavailableError(
    `No store answered within ${waitMs} ms at ${endpoints.join(", ")}.${reason} Check that it runs and that the address is right.`,
    { operation: "connect", cause },
  );
}

async function backendOf(url: string): Promise<Backend> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  const known = scheme !== undefined && Object.hasOwn(backends, scheme) ? backends[scheme] : undefined;
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

/** Room is kept in every store's longest key for the names below it. */
function assertNamespace(namespace: string): void {
  if (Buffer.byteLength(namespace) <= 512) return;
  throw new UsageError(
    `The namespace has ${Buffer.byteLength(namespace)} bytes in its escaped form; at most 512 are allowed.`,
    {
      operation: "connect",
    },
  );
}
