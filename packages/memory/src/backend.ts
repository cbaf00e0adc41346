import { type ConnectOptions, type Coord, connect as connectTo, toKey, UsageError } from "@coord/core";
import type { Backend } from "@coord/core/spi";
import { directLink, type LinkMaker } from "./link.ts";
import { MemoryServer } from "./server.ts";
import { linkedStore, traitsOf } from "./store.ts";

export interface MemoryOptions {
  /** Clients of one server see each other. Default: a new server, with this client alone. */
  readonly server?: MemoryServer | undefined;
  /** A prefix for all names. */
  readonly namespace?: string | undefined;
  /** How to reach a server: in another thread or process, or over a network that loses and delays. In place of `server`. */
  readonly link?: LinkMaker | undefined;
}

/** A store inside this process: for tests, and for programs of one process. Nothing is kept when the process ends. */
export function memory({ server, namespace, link }: MemoryOptions = {}): Backend {
  const shared = server ?? new MemoryServer();
  return backend(link ?? ((runtime) => directLink(shared, runtime)), namespace, "memory:");
}

/** `memory:name` or `memory:name/namespace`: one server per name and process. */
export function fromUrl(url: string): Backend {
  const [, name, , namespace] = /^memory:(?:\/\/)?([^/?#]+)(\/(.*))?$/i.exec(url) ?? [];
  if (name === undefined) {
    throw new UsageError(`The URL ${JSON.stringify(url)} names no store; write memory:name or memory:name/namespace.`, {
      operation: "connect",
    });
  }
  return backend(
    (runtime) => directLink(serverNamed(name), runtime),
    namespace && decoded(url, namespace),
    `memory:${name}`,
  );
}

/** Connects to a memory store, without the detour by the URL's scheme. */
export function connect(target: string | MemoryOptions = {}, options?: ConnectOptions): Promise<Coord> {
  return connectTo(typeof target === "string" ? fromUrl(target) : memory(target), options);
}

function decoded(url: string, namespace: string): string {
  try {
    return decodeURIComponent(namespace);
  } catch {
    throw new UsageError(`The URL ${JSON.stringify(url)} has a "%" that escapes nothing; write it as %25.`, {
      operation: "connect",
    });
  }
}

const servers = new Map<string, MemoryServer>();

function serverNamed(name: string): MemoryServer {
  const server = servers.get(name) ?? new MemoryServer();
  servers.set(name, server);
  return server;
}

function backend(link: LinkMaker, namespace: string | undefined, endpoint: string): Backend {
  return {
    endpoints: [endpoint],
    namespace: namespace ? toKey(namespace) : "",
    open: async ({ runtime }) => linkedStore(link(runtime), runtime, traitsOf("memory")),
  };
}
