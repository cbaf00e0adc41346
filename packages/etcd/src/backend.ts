import { toKey } from "@coord/core";
import type { Backend } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import { Member } from "./rpc.ts";
import { etcdStore } from "./store.ts";

export interface EtcdOptions {
  readonly endpoints: readonly string[];
  readonly namespace?: string | undefined;
}

export function etcd({ endpoints, namespace }: EtcdOptions): Backend {
  return {
    endpoints: endpoints.map((endpoint) => `etcd://${endpoint}`),
    namespace: namespace ? toKey(namespace) : "",
    open: async (context) => {
      const members = endpoints.map((endpoint) => new Member(endpoint, undefined));
      return etcdStore(new Connection(members, undefined, context), context.runtime);
    },
  };
}
