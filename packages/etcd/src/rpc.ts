import { rootCertificates } from "node:tls";
import { noop } from "cockatiel";
import { AuthClient, Etcd3, type IOptions, KVClient, LeaseClient, MaintenanceClient, WatchClient } from "etcd3";
import { Calls, type Reached, type Service } from "./calls.ts";
import { RpcFailure } from "./failure.ts";

/** The typed remote calls of one endpoint. Nothing else of the package is used: see the record of decisions. */
export interface Rpc {
  readonly kv: KVClient;
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

/** What the package is good at: names, TLS and channels. */
class Channels extends Etcd3 {
  reach(service: Service): Promise<Reached> {
    return this.pool.withConnection(service, ({ client, metadata }) => ({ client, metadata }));
  }
}

/** One member of the cluster, as one client reaches it, over one connection of its own. */
export class Member {
  readonly endpoint: string;
  readonly rpc: Rpc;
  readonly #channels: Channels;

  constructor(endpoint: string, tls: Tls | undefined, grpcOptions: IOptions["grpcOptions"] = {}) {
    clients += 1;
    this.endpoint = endpoint;
    this.#channels = new Channels({
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
    const calls = new Calls((service) => this.#channels.reach(service));
    this.rpc = {
      kv: new KVClient(calls),
      leaseClient: new LeaseClient(calls),
      watchClient: new WatchClient(calls),
      maintenance: new MaintenanceClient(calls),
      auth: new AuthClient(calls),
    };
  }

  close(): void {
    this.#channels.close();
  }
}

function credentialsOf(tls: Tls | undefined): Pick<IOptions, "credentials"> {
  if (!tls) return {};
  const rootCertificate = tls.ca ?? Buffer.from(rootCertificates.join("\n"));
  const pair = tls.cert && tls.key ? { certChain: tls.cert, privateKey: tls.key } : {};
  return { credentials: { rootCertificate, ...pair } };
}

/** Nothing was answered in time. */
export class Silence extends RpcFailure {
  constructor(ms: number) {
    super("unknown", `no answer within ${Math.round(ms)} ms`);
  }
}
