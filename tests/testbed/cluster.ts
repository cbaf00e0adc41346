import { type Endpoint, hostPort } from "./endpoint.ts";
import { eventually, type Patience } from "./eventually.ts";
import { type NodeBlueprint, ServerNode } from "./server-node.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

/** Draws up the servers of a cluster that keeps everything in the given folder. Called again if a start must be. */
export type Plan = (folder: string) => Promise<NodeBlueprint[]>;

const startTries = 5;

/** Servers that work as one. After disposal their processes and everything they wrote are gone. */
export class Cluster implements AsyncDisposable {
  readonly nodes: readonly ServerNode[];
  readonly #scheme: string;
  readonly #folder: TemporaryFolder;

  protected constructor(scheme: string, blueprints: readonly NodeBlueprint[], folder: TemporaryFolder) {
    this.#scheme = scheme;
    this.nodes = blueprints.map((blueprint) => new ServerNode(blueprint));
    this.#folder = folder;
  }

  static start(scheme: string, plan: Plan): Promise<Cluster> {
    return Cluster.begin(scheme, async (folder) => new Cluster(scheme, await plan(folder.path), folder));
  }

  /** Another process may take a port between its choice and its use: then all is drawn up anew. */
  protected static async begin<C extends Cluster>(
    name: string,
    drawUp: (folder: TemporaryFolder) => Promise<C>,
  ): Promise<C> {
    for (let tries = 1; ; tries++) {
      const cluster = await inFolder(`coord-${name}`, drawUp);
      try {
        await Promise.all(cluster.nodes.map((node) => node.start()));
        return cluster;
      } catch (error) {
        const portTaken = cluster.nodes.some((node) => node.portTaken);
        await cluster[Symbol.asyncDispose]();
        if (!portTaken || tries === startTries) throw error;
      }
    }
  }

  get endpoints(): Endpoint[] {
    return this.nodes.map((node) => node.endpoint);
  }

  /** How a client is told of all nodes. */
  get url(): string {
    return `${this.#scheme}://${this.endpoints.map(hostPort).join(",")}`;
  }

  /** The first node; of a cluster of one, the only one. */
  get node(): ServerNode {
    const [first] = this.nodes;
    if (first === undefined) throw new Error("a cluster has a node");
    return first;
  }

  /**
   * The node that leads, awaited if there is none yet. Only nodes that are neither killed nor stopped are asked. One that
   * has just been continued may not know yet that it was replaced, so of several the one with the latest term leads.
   */
  leader(patience: Patience = { within: 20_000 }): Promise<ServerNode> {
    return eventually("one of the nodes leads", () => this.#leaderNow(), patience);
  }

  async #leaderNow(): Promise<ServerNode> {
    const asked = this.nodes.filter((node) => node.active);
    const terms = await Promise.all(asked.map((node) => node.leads().catch(() => undefined)));
    const latest = terms.reduce(
      (max, term) => (term !== undefined && (max === undefined || term > max) ? term : max),
      undefined,
    );
    const leader = latest === undefined ? undefined : asked[terms.indexOf(latest)];
    if (leader === undefined) throw new Error(`none of ${asked.map((node) => node.name).join(", ")} says it leads`);
    return leader;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** What is made takes the folder over. */
async function inFolder<T>(prefix: string, make: (folder: TemporaryFolder) => Promise<T>): Promise<T> {
  const folder = await TemporaryFolder.create(prefix);
  try {
    return await make(folder);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
