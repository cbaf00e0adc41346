import type { ICallable } from "etcd3";
import { type CallOptions, fill, type GrpcOptions } from "./attempt.ts";
import { failureOf, RpcFailure } from "./failure.ts";
import { decodeTxn, encodeTxn } from "./wire/txn.ts";

type Callable = ICallable<undefined>;
type Open<R> = (reached: Reached & { resource: undefined }) => Promise<R> | R;

/** A service of the server, by its name. */
export type Service = Parameters<Callable["exec"]>[0];

/** The client of a service, and empty metadata, as the package hands them out. */
export type Reached = Pick<Parameters<Parameters<Callable["withConnection"]>[1]>[0], "client" | "metadata">;
export type Metadata = Reached["metadata"];

/** How the channels of one endpoint are had. */
export interface Route {
  reach(service: Service): Promise<Reached>;
  /** Closes those that there are, so that others are made. */
  renew(): void;
  now(): number;
  /** How long a connection may take to be made. */
  readonly connectMs: number;
}

interface Method {
  readonly path: string;
  requestSerialize(request: object): Buffer;
  responseDeserialize(bytes: Buffer): unknown;
}

/** Codecs of our own, in place of the package's. */
const codecs: Readonly<Record<string, Pick<Method, "requestSerialize" | "responseDeserialize">>> = {
  txn: { requestSerialize: encodeTxn, responseDeserialize: decodeTxn },
};

/**
 * How the package's typed calls reach the server. Unary ones go straight to the channel of their service: the package's own
 * way there repeats what must not be repeated, keeps the call to itself, and costs about as much as the channel does.
 */
export class Calls implements Callable {
  readonly callOptionsFactory = undefined;
  readonly #route: Route;
  #ways = new Map<Service, Way>();

  constructor(route: Route) {
    this.#route = route;
  }

  /** Rejects with an `RpcFailure`. */
  exec<T>(service: Service, method: string, request: object, options?: GrpcOptions): Promise<T> {
    const way = this.#open(service);
    const call = (way: Way) => way.call<T>(method, request, options as CallOptions);
    return way ? call(way) : this.#wayTo(service).then(call);
  }

  /** For streams, which the package's own client opens. */
  async withConnection<R>(service: Service, open: Open<R>): Promise<R> {
    const { client, metadata } = (this.#open(service) ?? (await this.#wayTo(service))).reached;
    return open({ client, metadata: metadata.clone(), resource: undefined });
  }

  /** Where to turn after a failure is decided elsewhere. */
  markFailed(): void {}

  /** From now on they go another way: over a connection that is made for the next one. */
  renew(): void {
    this.#ways = new Map();
    this.#route.renew();
  }

  /** The way that there is, unless it doesn't come about. All go over one connection: where one has it, none needs another. */
  #open(service: Service): Way | undefined {
    const way = this.#ways.get(service);
    if (!way?.isStuck(this.#route) || [...this.#ways.values()].some(({ isConnected }) => isConnected)) return way;
    this.renew();
    return undefined;
  }

  async #wayTo(service: Service): Promise<Way> {
    const ways = this.#ways; // those of now: others may be begun meanwhile
    const way = new Way(await this.#route.reach(service), this.#route.now());
    ways.set(service, way);
    return way;
  }
}

/** gRPC's numbers for a channel that begins to connect with the next call, and for one that is connected. */
const [idle, ready] = [0, 2];

/** To one service. */
class Way {
  readonly reached: Reached;
  readonly #channel: ReturnType<Reached["client"]["getChannel"]>;
  readonly #methods: Readonly<Record<string, Method>>;
  #connectingMs: number | undefined;
  #carried: { readonly token: string | undefined; readonly metadata: Metadata } | undefined;

  constructor(reached: Reached, sinceMs: number) {
    this.reached = reached;
    this.#connectingMs = sinceMs;
    this.#channel = reached.client.getChannel();
    this.#methods = reached.client as unknown as Record<string, Method>; // what gRPC makes of a service's definition
  }

  get isConnected(): boolean {
    return this.#channel.getConnectivityState(false) === ready;
  }

  /**
   * gRPC waits for a connection as long as the system does: minutes where no packet arrives, for ever where somebody
   * accepts and says nothing. After a failure it says "failed" until it is connected, and connects all the same. Looked at
   * with each call.
   */
  isStuck({ now, connectMs }: Route): boolean {
    const state = this.#channel.getConnectivityState(false);
    if (state === ready) {
      this.#connectingMs = undefined;
      return false;
    }
    if (state === idle) this.#connectingMs = now();
    this.#connectingMs ??= now();
    return now() - this.#connectingMs >= connectMs;
  }

  call<T>(name: string, request: object, { attempt }: CallOptions): Promise<T> {
    const method = this.#methods[name];
    return new Promise((resolve, reject) => {
      if (!method) throw new Error(`etcd has no ${name}`);
      const { requestSerialize, responseDeserialize } = codecs[name] ?? method;
      const bytes = requestSerialize(request);
      const call = this.#channel.createCall(method.path, Number.POSITIVE_INFINITY, undefined, null, undefined);
      attempt.begin(call);
      call.start(
        this.#metadata(attempt.token),
        new Listener({ read: responseDeserialize, resolve: resolve as (answer: unknown) => void, reject }),
      );
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

interface Pending {
  readonly read: Method["responseDeserialize"];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Who is told of a call's answer. A call's native part keeps it, and all that it refers to, until the next collection of the whole
 * heap: so it refers to nothing any more once the call is over.
 */
class Listener {
  #pending: Pending | undefined;
  #answer: Buffer | undefined;

  constructor(pending: Pending) {
    this.#pending = pending;
  }

  readonly onReceiveMetadata = (): void => {};

  readonly onReceiveMessage = (message: Buffer): void => {
    this.#answer = message;
  };

  readonly onReceiveStatus = ({ code, details }: { readonly code: number; readonly details: string }): void => {
    const [pending, answer] = [this.#pending, this.#answer];
    this.#pending = undefined;
    this.#answer = undefined;
    if (!pending) return;
    if (code !== 0) return pending.reject(failureOf(`${code} ${details}`));
    try {
      pending.resolve(pending.read(answer as Buffer));
    } catch (error) {
      pending.reject(new RpcFailure("unknown", `an answer that can't be read: ${error}`));
    }
  };
}
