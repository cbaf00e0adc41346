import { fileURLToPath } from "node:url";
import { findEtcd } from "./etcd.ts";
import type { Found, Servers } from "./found.ts";
import { PackageStore } from "./package-store.ts";
import { findZooKeeper } from "./zookeeper.ts";

export interface ProvisionOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where fetched packages are kept. */
  readonly cache?: string;
  /** Where the system keeps its jars. */
  readonly systemJars?: string;
  /** Told in a line what takes long. */
  readonly announce?: (line: string) => void;
}

/**
 * Finds a server of each kind: one that is said to run, one that is installed, or one from the system's packages, which
 * are fetched into the cache folder when nothing else is left. Nothing outside of that folder changes.
 */
export function provision(options: ProvisionOptions = {}): Promise<Servers> {
  const { env = process.env, systemJars } = options;
  return withPackages(options, async (path, packages) => ({
    etcd: await find(() => findEtcd(path, packages), env.COORD_TEST_ETCD_URL),
    zookeeper: await find(() => findZooKeeper(path, packages, systemJars), env.COORD_TEST_ZOOKEEPER_URL),
  }));
}

/** What is fetched meanwhile comes into the cache folder. */
export async function withPackages<T>(
  { env = process.env, cache = defaultCache(), announce }: ProvisionOptions,
  search: (path: string, packages: PackageStore) => Promise<T>,
): Promise<T> {
  await using packages = new PackageStore({ folder: cache, env, ...(announce && { announce }) });
  return await search(env.PATH ?? "", packages);
}

export async function find<B>(search: () => Promise<Found<B>>, url?: string): Promise<Found<B>> {
  if (url) return { kind: "url", url };
  try {
    return await search();
  } catch (error) {
    return { kind: "missing", reason: error instanceof Error ? error.message : String(error) };
  }
}

function defaultCache(): string {
  return fileURLToPath(new URL("../../../.cache/servers/", import.meta.url));
}
