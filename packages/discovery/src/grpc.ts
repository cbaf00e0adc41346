import { experimental, status as grpcStatus, Metadata, type ServiceConfig } from "@grpc/grpc-js";
import type { Discovery } from "./discovery.ts";
import type { Instance } from "./instance.ts";
import type { Service, ServiceOptions, ServiceView } from "./service.ts";

export interface ResolverOptions extends Pick<ServiceOptions, "where" | "guard"> {
  /** What targets begin with: `coord:orders`. Default `coord`. */
  readonly scheme?: string | undefined;
  /** How gRPC spreads and repeats calls. Default: round robin over all instances. */
  readonly serviceConfig?: ServiceConfig | undefined;
}

const roundRobin: ServiceConfig = { loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] };

/**
 * Lets `@grpc/grpc-js` find services by name: after it `new OrdersClient("coord:orders", credentials)` calls the instances that are registered,
 * and follows them as they come and go. Those that are draining or critical are left out. While the store is out of reach the last ones
 * known are called. (gRPC's "Name Resolution"; a resolver of `@grpc/grpc-js`, whose interface it calls experimental.)
 */
export function registerCoordResolver(
  discovery: Discovery,
  { scheme = "coord", serviceConfig = roundRobin, ...options }: ResolverOptions = {},
): void {
  experimental.registerResolver(
    scheme,
    class extends CoordResolver {
      constructor(target: experimental.GrpcUri, listener: experimental.ResolverListener) {
        super(() => discovery.service(nameIn(target), options), discovery, listener, serviceConfig);
      }

      static getDefaultAuthority(target: experimental.GrpcUri): string {
        return nameIn(target);
      }
    },
  );
}

/** `coord:orders` and `coord:///orders` name the same. */
const nameIn = ({ path }: experimental.GrpcUri): string => path.replace(/^\/+/, "");

/** Tells one channel who there is to call. It never does so while it is asked to, as a listener may not be called from inside. */
abstract class CoordResolver {
  readonly #open: () => Service;
  readonly #discovery: Discovery;
  readonly #listener: experimental.ResolverListener;
  readonly #serviceConfig: ServiceConfig;
  #service: Service | undefined;
  #told: string | undefined;

  protected constructor(
    open: () => Service,
    discovery: Discovery,
    listener: experimental.ResolverListener,
    serviceConfig: ServiceConfig,
  ) {
    this.#open = open;
    this.#discovery = discovery;
    this.#listener = listener;
    this.#serviceConfig = serviceConfig;
  }

  /** gRPC asks again when connections break: it is told what is known, and follows the view anyway. */
  updateResolution(): void {
    if (this.#service) return this.#soon(() => this.#retell());
    const service = this.#open();
    this.#service = service;
    void this.#follow(service);
  }

  destroy(): void {
    void this.#service?.close();
    this.#service = undefined;
    this.#told = undefined;
  }

  async #follow(service: Service): Promise<void> {
    for await (const view of service.watch()) this.#soon(() => this.#tell(service, view));
    this.#soon(() => service === this.#service && this.#fail("The client of the store was closed."));
  }

  #retell(): void {
    const view = this.#service?.current;
    if (!this.#service || !view) return;
    this.#told = undefined;
    this.#tell(this.#service, view);
  }

  /** A change that is none for gRPC is not told. */
  #tell(service: Service, { instances }: ServiceView): void {
    if (service !== this.#service) return;
    const callable = instances.filter(isCallable);
    const endpoints = callable.map(({ address, port }) => ({ addresses: [{ host: address, port }] }));
    const told = JSON.stringify(endpoints);
    if (told === this.#told) return;
    this.#told = told;
    const config = experimental.statusOrFromValue(this.#serviceConfig);
    const note = endpoints.length > 0 ? "" : `no instance of ${JSON.stringify(service.name)} can be called`;
    this.#listener(experimental.statusOrFromValue(endpoints), {}, config, note);
  }

  #fail(details: string): void {
    const error = { code: grpcStatus.UNAVAILABLE, details, metadata: new Metadata() };
    this.#listener(experimental.statusOrFromError(error), {}, null, "");
  }

  #soon(tell: () => unknown): void {
    this.#discovery.context.runtime.timer(0, tell as () => void, { keepAlive: false });
  }
}

const isCallable = ({ status }: Instance): boolean => status === "passing" || status === "warning";
