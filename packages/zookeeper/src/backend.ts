import { type ConnectOptions, type Coord, connect as connectTo } from "@coord/core";
import { type Backend, toKey } from "@coord/core/spi";
import { creatorAcl, openAcl } from "./acl.ts";
import { Lineage } from "./lineage.ts";
import { checkedOptions, type ZooKeeperOptions } from "./options.ts";
import { zookeeperStore } from "./store.ts";
import { fromText } from "./url.ts";
import { hostPort } from "./wire/endpoints.ts";

/** A ZooKeeper ensemble, reached at any of its servers. */
export function zookeeper(options: ZooKeeperOptions): Backend {
  const { servers, namespace, acl, auth, tls, maxReplyBytes, recursiveWatches } = checkedOptions(options);
  const identified = auth !== undefined || tls?.cert !== undefined;
  const chosen = acl ?? (identified ? "creator" : "open");
  const rights = chosen === "open" ? openAcl : chosen === "creator" ? creatorAcl : chosen;
  const credentials = auth ? [{ scheme: "digest", auth: Buffer.from(`${auth.user}:${auth.password}`) }] : [];
  return {
    endpoints: servers.map(hostPort),
    namespace: namespace === undefined ? "" : toKey(namespace),
    open: async ({ runtime, logger }) =>
      zookeeperStore({
        wire: { servers, tls, credentials, maxReplyBytes, runtime, lineage: new Lineage(logger) },
        acl: rights,
        features: { recursiveWatches },
      }),
  };
}

/** `zk://a:2181,b:2181/namespace`, and `zks://` for TLS; `zk://user:password@…` authenticates by digest. */
export function fromUrl(url: string): Backend {
  return zookeeper(fromText(url));
}

/** Connects to ZooKeeper, without the detour by the URL's scheme. */
export function connect(target: string | ZooKeeperOptions, options?: ConnectOptions): Promise<Coord> {
  return connectTo(typeof target === "string" ? fromUrl(target) : zookeeper(target), options);
}
