/** What was found of one kind of server. Plain JSON, so that it can be handed from process to process. */
export type Found<Binaries> =
  /** A server somebody else runs. It can be used, but not killed, stopped or started. */
  | { readonly kind: "url"; readonly url: string }
  /** Programs to start servers of our own from. */
  | { readonly kind: "binaries"; readonly from: "path" | "packages"; readonly binaries: Binaries }
  | { readonly kind: "missing"; readonly reason: string };

export interface EtcdBinaries {
  readonly etcd: string;
  readonly etcdctl: string;
}

export interface ZooKeeperBinaries {
  readonly java: string;
  /** In the order the class path needs. */
  readonly jars: readonly string[];
}

export interface CuratorPrograms {
  readonly java: string;
  /** What a program that uses Curator is compiled and run with. */
  readonly jars: readonly string[];
  /** The jar of a compiler: a runtime has none. */
  readonly compiler: string;
}

export interface KazooPrograms {
  readonly python: string;
  /** Where it finds kazoo: its `PYTHONPATH`. */
  readonly modules: string;
}

/** Clients of other languages. */
export interface Peers {
  readonly curator: Found<CuratorPrograms>;
  readonly kazoo: Found<KazooPrograms>;
}

export interface Servers {
  readonly etcd: Found<EtcdBinaries>;
  readonly zookeeper: Found<ZooKeeperBinaries>;
}

/** The programs, if servers can be started from them; undefined where there are none, or only a URL. */
export function binariesOf<Binaries>(found: Found<Binaries>): Binaries | undefined {
  return found.kind === "binaries" ? found.binaries : undefined;
}
