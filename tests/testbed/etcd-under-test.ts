import { inject } from "vitest";
import { type EtcdOptions, startEtcd } from "./etcd.ts";
import type { EtcdCluster } from "./etcd-cluster.ts";
import { binariesOf, type EtcdBinaries } from "./provision/found.ts";

const binaries = binariesOf(inject("servers").etcd);

/** Where there is no etcd to start, its tests are to be skipped. */
export const withoutEtcd = binaries === undefined;

export function programs(): EtcdBinaries {
  if (binaries === undefined) throw new Error("to be skipped without etcd");
  return binaries;
}

export async function start(options: Omit<EtcdOptions, "binaries"> = {}): Promise<EtcdCluster> {
  return startEtcd({ binaries: programs(), ...options });
}
