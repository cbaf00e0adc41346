import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

export const binaries = binariesOf(inject("servers").zookeeper);

const dataOf = (folder: string) => join(folder, "data", "version-2");
const backupOf = (folder: string) => join(folder, "backup");

/** Servers that are stopped and go on with the data that they had before. */
export class Past {
  readonly cluster: Cluster;

  private constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async start(nodes: 1 | 3): Promise<Past> {
    if (!binaries) throw new Error("to be skipped without ZooKeeper");
    const cluster = await startZooKeeper({ binaries, nodes, tickMs: 200, config: ["syncLimit=5"] });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    return new Past(cluster);
  }

  async remember(): Promise<void> {
    for (const node of this.cluster.nodes) await cp(dataOf(node.folder), backupOf(node.folder), { recursive: true });
  }

  async restore(): Promise<void> {
    await Promise.all(this.cluster.nodes.map((node) => node.kill()));
    for (const { folder } of this.cluster.nodes) {
      await rm(dataOf(folder), { recursive: true });
      await cp(backupOf(folder), dataOf(folder), { recursive: true });
    }
    await Promise.all(this.cluster.nodes.map((node) => node.start()));
  }
}
