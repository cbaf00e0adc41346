import { type ConnectOptions, type Coord, connect as connectTo, toKey, UsageError } from "@coord/core";
import type { Backend } from "@coord/core/spi";
import { directLink, linkedStore, traitsOf } from "@coord/memory";
import { folderOf } from "./folder.ts";
import { LocalServer, type LocalServerOptions } from "./server.ts";

export interface LocalOptions extends LocalServerOptions {
  /** A prefix for all names. */
  readonly namespace?: string | undefined;
}

/** A store in a folder of this machine, shared by all of its processes that name it. No server runs. */
export function local({ namespace, ...options }: LocalOptions): Backend {
  assertOptions(options);
  return {
    endpoints: [`file:${options.path}`],
    namespace: namespace ? toKey(namespace) : "",
    open: async ({ runtime }) => {
      const { server, leave } = shared(options);
      const store = linkedStore(directLink(server, runtime), runtime, traitsOf("local"));
      let closing: Promise<void> | undefined;
      const close = async () => {
        await store.close();
        await leave();
      };
      return { ...store, close: () => (closing ??= close()) };
    },
  };
}

/** `file:./folder` or `file:/folder`, the latter with two more slashes too, and `?namespace=` for a prefix. */
export function fromUrl(url: string): Backend {
  const [, path = "", query = ""] = /^file:(?:\/\/(?=\/))?([^?#]*)(?:\?([^#]*))?$/i.exec(url) ?? [];
  const parameters = new URLSearchParams(query);
  const unknown = [...parameters.keys()].find((name) => name !== "namespace");
  if (path === "" || path.startsWith("//") || unknown !== undefined) {
    throw new UsageError(
      `The URL ${JSON.stringify(url)} ${unknown === undefined ? "names no folder of this machine" : `has the parameter "${unknown}", which is not known`}; write file:./folder or file:/folder, and ?namespace=name for a prefix.`,
      { operation: "connect" },
    );
  }
  return local({ path: decoded(url, path), namespace: parameters.get("namespace") ?? undefined });
}

/** Connects to an embedded store, without the detour by the URL's scheme. */
export function connect(target: string | LocalOptions, options?: ConnectOptions): Promise<Coord> {
  return connectTo(typeof target === "string" ? fromUrl(target) : local(target), options);
}

function decoded(url: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new UsageError(`The URL ${JSON.stringify(url)} has a "%" that escapes nothing; write it as %25.`, {
      operation: "connect",
    });
  }
}

function assertOptions({ path, mode }: LocalServerOptions): void {
  const wrong = (what: string) => new UsageError(`local(): ${what}`, { operation: "connect" });
  if (typeof path !== "string" || path === "") throw wrong("`path` must name a folder.");
  if (mode !== undefined && !(Number.isInteger(mode) && (mode & ~0o666) === 0 && (mode & 0o600) === 0o600)) {
    throw wrong("`mode` must be permissions of files in which the owner reads and writes, such as 0o600 or 0o660.");
  }
}

interface Shared {
  readonly server: LocalServer;
  users: number;
}

/** One server a folder, for all clients of this process. */
const servers = new Map<string, Shared>();

function shared(options: LocalServerOptions): { readonly server: LocalServer; readonly leave: () => Promise<void> } {
  const folder = folderOf(options.path, options.mode);
  const used = servers.get(folder) ?? { server: new LocalServer(options), users: 0 };
  servers.set(folder, used);
  used.users += 1;
  return {
    server: used.server,
    leave: async () => {
      used.users -= 1;
      if (used.users > 0) return;
      servers.delete(folder);
      await used.server.close();
    },
  };
}
