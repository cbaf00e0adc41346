import type { Backend } from "@coord/core";
import { MisuseError } from "./failure.ts";

type Load = () => Promise<{ readonly fromUrl: (url: string) => Backend }>;

const local: Load = () => import("@coord/local");
const etcd: Load = () => import("@coord/etcd");
const zookeeper: Load = () => import("@coord/zookeeper");

/** The stores that come with `coord`, by the scheme of their URLs. */
const stores: Readonly<Record<string, Load>> = { file: local, etcd, etcds: etcd, zk: zookeeper, zks: zookeeper };

const examples = "file:./folder on one machine, etcd://host:2379/namespace or zk://host:2181/namespace";

/** What a URL leads to; nothing is connected yet. */
export async function backendOf(url: string | undefined): Promise<Backend> {
  if (!url) throw new MisuseError(`Where is the store? Set COORD_URL, or give --url: ${examples}.`);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? "";
  if (scheme === "memory") {
    throw new MisuseError(
      `A store in memory: is inside of one process, so no other command would see this one's locks. Use ${examples}.`,
    );
  }
  const load = Object.hasOwn(stores, scheme) ? stores[scheme] : undefined;
  if (!load) throw new MisuseError(`The URL of the store begins with none of ${schemes()}. Use ${examples}.`);
  return (await load()).fromUrl(url);
}

const schemes = () =>
  Object.keys(stores)
    .map((scheme) => `${scheme}:`)
    .join(", ");
