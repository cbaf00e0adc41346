import type { ICallable } from "etcd3";
import { type CallOptions, fill, type GrpcOptions } from "./attempt.ts";
import { failureOf, RpcFailure } from "./failure.ts";

type Callable = ICallable<undefined>;
type Open<R> = (reached: Reached & { resource: undefined }) => Promise<R> | R;

/** A service of the server, by its name. */
export type Service = Parameters<Callable["exec"]>[0];

/** The client of a service, and empty metadata, as the package hands them out. */
export type Reached = Pick<Parameters<Parameters<Callable["withConnection"]>[1]>[0], "client" | "metadata">;
export type Metadata = Reached["metadata"];

interface Method {
  readonly path: string;
  requestSerialize(request: unknown): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

/**
 * How the package's typed calls reach the server. Unary ones go straight to the channel of their service: the package's own
 * way there repeats what must not be repeated, keeps the call to itself, and costs about as much as the channel does.
 */
export class Calls implements Callable {
  readonly callOptionsFactory = undefined;
  readonly #reach: (service: Service) => Promise<Reached>;
  readonly #ways = new Map<Service, Way>();

  constructor(reach: (service: Service) => Promise<Reached>) {
    this.#reach = reach;
  }

  /** Rejects with an `RpcFailure`. */
  exec<T>(service: Service, method: string, request: unknown, options?: GrpcOptions): Promise<T> {
    const way = this.#ways.get(service);
    const call = (way: Way) => way.call<T>(method, request, options as CallOptions);
    return way ? call(way) : this.#wayTo(service).then(call);
  }

  /** For streams, which the package's own client opens. */
  async withConnection<R>(service: Service, open: Open<R>): Promise<R> {
    const { client, metadata } = (this.#ways.get(service) ?? (await this.#wayTo(service))).reached;
    return open({ client, metadata: metadata.clone(), resource: undefined });
  }

  /** Where to turn after a failure is decided elsewhere. */
  markFailed(): void {}

  async #wayTo(service: Service): Promise<Way> {
    const way = new Way(await this.#reach(service));
    this.#ways.set(service, way);
    return way;
  }
}

/** To one service. */
class Way {
  readonly reached: Reached;
  readonly #channel: ReturnType<Reached["client"]["getChannel"]>;
  readonly #methods: Readonly<Record<string, Method>>;
  #carried: { readonly token: string | undefined; readonly metadata: Metadata } | undefined;

  constructor(reached: Reached) {
    this.reached = reached;
    this.#channel = reached.client.getChannel();
    this.#methods = reached.client as unknown as Record<string, Method>; // what gRPC makes of a service's definition
  }

  call<T>(name: string, request: unknown, { attempt }: CallOptions): Promise<T> {
    const method = this.#methods[name];
    return new Promise((resolve, reject) => {
      if (!method) throw new Error(`etcd has no ${name}`);
      const bytes = method.requestSerialize(request);
      const call = this.#channel.createCall(method.path, Number.POSITIVE_INFINITY, undefined, null, undefined);
      attempt.begin(call);
      let answer: Buffer | undefined;
      call.start(this.#metadata(attempt.token), {
        onReceiveMetadata: () => {},
        onReceiveMessage: (message) => {
          answer = message;
        },
        onReceiveStatus: ({ code, details }) => {
          if (code !== 0) return reject(failureOf(`${code} ${details}`));
          try {
            resolve(method.responseDeserialize(answer as Buffer) as T);
          } catch (error) {
            reject(new RpcFailure("unknown", `an answer that can't be read: ${error}`));
          }
        },
      });
      call.sendMessageWithContext({}, bytes);
      call.startRead();
      call.halfClose();
    });
  }

  /** The library copies it for each call. */
  #metadata(token: string | undefined): Metadata {
    if (this.#carried?.token !== token || !this.#carried)
      this.#carried = { token, metadata: fill(this.reached.metadata.clone(), token) };
    return this.#carried.metadata;
  }
}
