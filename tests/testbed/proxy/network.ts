import type { RigNetwork } from "@coord/conformance";
import type { FaultProxy } from "./proxy.ts";

/** The ways to all servers of a cluster, as one. */
export function networkOf(proxies: readonly FaultProxy[]): RigNetwork {
  return {
    stall: (direction) => {
      for (const proxy of proxies) proxy.stall(direction);
    },
    reset: () => {
      for (const proxy of proxies) proxy.reset();
    },
    refuse: () => {
      for (const proxy of proxies) {
        proxy.refuse();
        proxy.reset();
      }
    },
    heal: () => {
      for (const proxy of proxies) {
        proxy.heal();
        void proxy.accept();
      }
    },
  };
}
