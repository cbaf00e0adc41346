import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Cluster } from "./cluster.ts";
import { type EtcdAuth, enableAuth, revokeTokens } from "./etcd-auth.ts";
import { type Credentials, EtcdGateway } from "./etcd-gateway.ts";
import type { EtcdTls } from "./etcd-tls.ts";
import { etcdctl } from "./etcdctl.ts";
import type { PeerNetwork } from "./peer-network.ts";
import type { EtcdBinaries } from "./provision/found.ts";
import type { NodeBlueprint, ServerNode } from "./server-node.ts";
import type { TemporaryFolder } from "./temporary-folder.ts";

/** What makes a server one of this cluster: the flags that its data folder is made with. */
export interface Membership {
  readonly "--name": string;
  readonly "--data-dir": string;
  readonly "--initial-cluster": string;
  readonly "--initial-advertise-peer-urls": string;
}

/** What an etcd cluster is drawn up with. */
export interface EtcdPlan {
  readonly binaries: EtcdBinaries;
  readonly members: readonly { readonly blueprint: NodeBlueprint; readonly membership: Membership }[];
  readonly tls: EtcdTls | undefined;
  readonly auth: EtcdAuth | undefined;
  readonly peers: PeerNetwork | undefined;
}

/** All that a cluster knew at one moment. */
export interface Snapshot {
  readonly file: string;
}

/** An etcd cluster, and what can be done to it besides what is done to its nodes. */
export class EtcdCluster extends Cluster {
  readonly #plan: EtcdPlan;
  readonly #folder: string;
  #snapshots = 0;

  private constructor(plan: EtcdPlan, folder: TemporaryFolder) {
    const blueprints = plan.members.map(({ blueprint }) => blueprint);
    super(plan.tls ? "etcds" : "etcd", blueprints, folder);
    this.#plan = plan;
    this.#folder = folder.path;
    plan.peers?.know(this.nodes);
  }

  static async launch(drawUp: (folder: string) => Promise<EtcdPlan>): Promise<EtcdCluster> {
    const cluster = await Cluster.begin("etcd", async (folder) => new EtcdCluster(await drawUp(folder.path), folder));
    try {
      await cluster.#enableAuth();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What a client needs to speak TLS with these servers. */
  get tls(): EtcdTls {
    if (this.#plan.tls === undefined) throw new Error("these servers speak no TLS; start them with `tls`");
    return this.#plan.tls;
  }

  /** Who may do what. */
  get auth(): EtcdAuth {
    if (this.#plan.auth === undefined) throw new Error("these servers ask nobody who he is; start them with `auth`");
    return this.#plan.auth;
  }

  /** A node seen without any client: as nobody, until a user is named. */
  gateway(node: ServerNode = this.node): EtcdGateway {
    return new EtcdGateway({ ...node.endpoint, tls: this.#plan.tls });
  }

  /**
   * Every server refuses the tokens this user has; his password is as it was. A restart does the same to one server, but
   * not surely: tokens given out shortly before a kill are given out again from the log.
   */
  async revokeTokens(user: Credentials): Promise<void> {
    await revokeTokens(this.gateway(), this.auth, user);
    await this.#allKnow(this.auth);
  }

  /** As one node has it now. */
  async saveSnapshot(node: ServerNode = this.node): Promise<Snapshot> {
    const file = join(this.#folder, `snapshot${++this.#snapshots}`);
    const server = { endpoint: node.endpoint, tls: this.#plan.tls, user: this.#plan.auth?.root };
    await etcdctl(this.#plan.binaries.etcdctl, ["snapshot", "save", file], server);
    return { file };
  }

  /**
   * Sets the cluster back: its servers are killed, what they keep is replaced, and they are started again where they
   * were. Everything since the snapshot is gone, and the revisions given out since are given out anew.
   */
  async restoreSnapshot({ file }: Snapshot): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    for (const { membership } of this.#plan.members) {
      await rm(membership["--data-dir"], { recursive: true });
      const flags = Object.entries(membership).map((pair) => pair.join("="));
      await etcdctl(this.#plan.binaries.etcdctl, ["snapshot", "restore", file, ...flags]);
    }
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  /** No byte passes between this node and the others, either way. Clients still reach all of them. */
  cutOff(node: ServerNode): void {
    this.#peers.cutOff(node.name);
  }

  /** Ends `cutOff`. What the members have said to each other meanwhile arrives late. */
  rejoin(node: ServerNode): void {
    this.#peers.rejoin(node.name);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#plan.peers?.[Symbol.asyncDispose]();
  }

  async #enableAuth(): Promise<void> {
    const { auth } = this.#plan;
    if (auth === undefined) return;
    await enableAuth(this.gateway(), auth);
    await this.#allKnow(auth);
  }

  /** Before it logs somebody in, a server makes sure of having all that was agreed on until then. */
  async #allKnow({ root }: EtcdAuth): Promise<void> {
    const asked = this.nodes.filter((node) => node.active);
    await Promise.all(asked.map((node) => this.gateway(node).as(root)));
  }

  get #peers(): PeerNetwork {
    if (this.#plan.peers === undefined)
      throw new Error("nothing is between these nodes; start them with `peerProxies`");
    return this.#plan.peers;
  }
}
