import { rootCertificates } from "node:tls";
import { noop } from "cockatiel";
import { Etcd3, type IOptions } from "etcd3";
import { RpcFailure } from "./failure.ts";

/** The typed remote calls of one endpoint. Nothing else of the package is used: see the record of decisions. */
export type Rpc = Pick<Etcd3, "kv" | "leaseClient" | "watchClient" | "maintenance" | "auth">;

/** gRPC's options of a call, as the package takes them. */
export type CallOptions = Exclude<NonNullable<IOptions["defaultCallOptions"]>, (...args: never[]) => unknown>;
type Interceptor = NonNullable<CallOptions["interceptors"]>[number];

export interface Tls {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  readonly serverName?: string | undefined;
}

let clients = 0;

/** One member of the cluster, as one client reaches it, over one connection of its own. */
export class Member {
  readonly endpoint: string;
  readonly rpc: Rpc;
  readonly #client: Etcd3;

  constructor(endpoint: string, tls: Tls | undefined, grpcOptions: IOptions["grpcOptions"] = {}) {
    clients += 1;
    this.endpoint = endpoint;
    this.#client = new Etcd3({
      hosts: `${tls ? "https" : "http"}://${endpoint}`,
      ...credentialsOf(tls),
      // The package would repeat what must not be repeated, and lock an endpoint out for seconds.
      faultHandling: { host: () => noop, global: noop },
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
    this.rpc = this.#client;
  }

  close(): void {
    this.#client.close();
  }
}

function credentialsOf(tls: Tls | undefined): Pick<IOptions, "credentials"> {
  if (!tls) return {};
  const rootCertificate = tls.ca ?? Buffer.from(rootCertificates.join("\n"));
  const pair = tls.cert && tls.key ? { certChain: tls.cert, privateKey: tls.key } : {};
  return { credentials: { rootCertificate, ...pair } };
}

/**
 * One attempt of a call: its options carry what the server is to know, and give hold of the call under way, which the
 * package doesn't. A member without a leader refuses it instead of keeping it.
 */
export class Attempt {
  readonly options: CallOptions;
  #call: { cancelWithStatus(status: number, details: string): void } | undefined;

  constructor(token?: string) {
    const interceptor: Interceptor = (options, next) => {
      // The package repeats a call whose token was refused, with the same one, and without end.
      if (this.#call) throw new RpcFailure("token", "etcd refused the token");
      const call = next(options);
      const start = call.start.bind(call);
      call.start = (metadata, listener) => {
        metadata.set("hasleader", "true");
        if (token !== undefined) metadata.set("token", token);
        start(metadata, listener);
      };
      this.#call = call;
      return call as ReturnType<Interceptor>; // all that the library asks of it
    };
    this.options = { interceptors: [interceptor] };
  }

  cancel(): void {
    this.#call?.cancelWithStatus(1, "cancelled by the caller");
  }
}

/** Nothing was answered in time. */
export class Silence extends RpcFailure {
  constructor(ms: number) {
    super("unknown", `no answer within ${Math.round(ms)} ms`);
  }
}
