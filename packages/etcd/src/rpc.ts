import { rootCertificates } from "node:tls";
import type { Runtime } from "@coord/core/spi";
import { noop } from "cockatiel";
import { AuthClient, Etcd3, type IOptions, LeaseClient, MaintenanceClient, WatchClient } from "etcd3";
import type { GrpcOptions } from "./attempt.ts";
import { Calls, type Reached, type Service } from "./calls.ts";
import { assertThere, type Inner } from "./library.ts";
import { Sockets } from "./sockets.ts";
import type { TxnRequest, TxnResponse } from "./wire/txn.ts";

/** The typed remote calls of one endpoint. Nothing else of the package is used: see the record of decisions. */
export interface Rpc {
  txn(request: TxnRequest, options: GrpcOptions): Promise<TxnResponse>;
  readonly leaseClient: LeaseClient;
  readonly watchClient: WatchClient;
  readonly maintenance: MaintenanceClient;
  readonly auth: AuthClient;
}

export interface Tls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly serverName?: string | undefined;
}

let clients = 0;

interface Host {
  channelCredentials: object;
}
const poolOfHosts: Inner = { name: "etcd3", version: "1.1.2", part: "ConnectionPool.hosts" };

/** @throws Error where the package is another one than it is known to be */
export function hostsOf(pool: object): readonly Host[] {
  const { hosts = [] } = pool as { readonly hosts?: readonly Partial<Host>[] };
  const isKnown = hosts.length > 0 && hosts.every(({ channelCredentials }) => typeof channelCredentials === "object");
  assertThere(isKnown, poolOfHosts);
  return hosts as readonly Host[];
}

/** What the package is good at: names, TLS and channels. */
class Channels extends Etcd3 {
  readonly #sockets = new Sockets();
  readonly #clients = new Set<Reached["client"]>();
  #closed = false;

  constructor({ endpoint, tls, grpcOptions = {} }: MemberOptions) {
    clients += 1;
    super({
      hosts: `${tls ? "https" : "http"}://${endpoint}`,
      ...credentialsOf(tls),
      faultHandling: { host: () => noop, global: noop }, // the package would lock an endpoint out for seconds
      grpcOptions: {
        "grpc.enable_retries": 0,
        "grpc.max_receive_message_length": -1,
        "grpc.max_send_message_length": -1,
        "grpc.initial_reconnect_backoff_ms": 50,
        "grpc.max_reconnect_backoff_ms": 1_000,
        "grpc.keepalive_time_ms": 5_500, // etcd takes it for an attack below 5 s
        "grpc.keepalive_timeout_ms": 2_000,
        ...(tls?.serverName === undefined
          ? {}
          : { "grpc.ssl_target_name_override": tls.serverName, "grpc.default_authority": tls.serverName }),
        ...grpcOptions,
        "grpc.primary_user_agent": `coord/${clients}`, // clients with like options would share a connection
      },
    });
    for (const host of hostsOf(this.pool)) host.channelCredentials = this.#sockets.seenBy(host.channelCredentials);
  }

  /** At once: the package would go on connecting for a second, and keep the process for it. */
  override close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
    super.close();
    this.#sockets.destroy();
  }

  async reach(service: Service): Promise<Reached> {
    const reached = await this.pool.withConnection(service, ({ client, metadata }) => ({ client, metadata }));
    this.#clients.add(reached.client);
    if (this.#closed) reached.client.close();
    return reached;
  }
}

export interface MemberOptions {
  readonly endpoint: string;
  readonly tls: Tls | undefined;
  readonly grpcOptions?: IOptions["grpcOptions"];
  /** How long a connection may take to be made before another one is tried in its place. */
  readonly connectMs: number;
}

/** One member of the cluster, as one client reaches it, over one connection of its own. */
export class Member {
  readonly endpoint: string;
  readonly rpc: Rpc;
  readonly #calls: Calls;
  #channels: Channels;
  #closed = false;

  constructor(options: MemberOptions, runtime: Runtime) {
    const { endpoint, connectMs } = options;
    this.endpoint = endpoint;
    this.#channels = new Channels(options);
    this.#calls = new Calls({
      reach: (service) => this.#channels.reach(service),
      renew: () => {
        if (this.#closed) return; // a stream that was about to be opened may still ask
        this.#channels.close();
        this.#channels = new Channels(options);
      },
      now: () => runtime.now(),
      connectMs,
    });
    const calls = this.#calls;
    this.rpc = {
      txn: (request, options) => calls.exec("KV", "txn", request, options),
      leaseClient: new LeaseClient(calls),
      watchClient: new WatchClient(calls),
      maintenance: new MaintenanceClient(calls),
      auth: new AuthClient(calls),
    };
  }

  /** The connection is given up, and whatever is on it; another one is made with the next call. */
  reconnect(): void {
    this.#calls.renew();
  }

  close(): void {
    this.#closed = true;
    this.#channels.close();
  }
}

function credentialsOf(tls: Tls | undefined): Pick<IOptions, "credentials"> {
  if (!tls) return {};
  const rootCertificate = tls.ca ?? Buffer.from(rootCertificates.join("\n"));
  const pair = tls.cert && tls.key ? { certChain: tls.cert, privateKey: tls.key } : {};
  return { credentials: { rootCertificate, ...pair } };
}
