import { join } from "node:path";
import { command } from "./command.ts";
import type { EtcdBinaries, Found } from "./found.ts";
import { onPath } from "./on-path.ts";
import type { Bundle, PackageStore } from "./package-store.ts";

export const etcdPackages = ["etcd-server", "etcd-client"];

const bundle: Bundle = {
  name: "etcd",
  choices: [etcdPackages],
  async prove(root) {
    const { etcd, etcdctl } = inPackages(root);
    await command(etcd, ["--version"]);
    await command(etcdctl, ["version"]);
  },
};

/** Both programs from the PATH, or both from packages: a server and a tool of different releases may not agree. */
export async function findEtcd(path: string, packages: PackageStore): Promise<Found<EtcdBinaries>> {
  const etcd = onPath("etcd", path);
  const etcdctl = onPath("etcdctl", path);
  if (etcd !== undefined && etcdctl !== undefined) {
    return { kind: "binaries", from: "path", binaries: { etcd, etcdctl } };
  }
  return { kind: "binaries", from: "packages", binaries: inPackages(await packages.root(bundle)) };
}

function inPackages(root: string): EtcdBinaries {
  return { etcd: join(root, "usr/bin/etcd"), etcdctl: join(root, "usr/bin/etcdctl") };
}
