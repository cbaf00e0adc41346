import { NoInstanceError, type NoInstanceReason } from "@coord/core";
import type { Runtime } from "@coord/core/recipe";
import { type Among, type Balancer, type BalancerName, balancerNamed } from "./balancer.ts";
import { Endpoint } from "./endpoint.ts";
import { hashLoaded, loadHash } from "./hashing.ts";
import type { Instance } from "./instance.ts";
import { Ejection, type EjectionOptions } from "./modifiers/ejection.ts";
import { SlowStart } from "./modifiers/slow-start.ts";
import { assertSubset, type SubsetOptions, subsetOf } from "./modifiers/subset.ts";
import { assertSpill, nonEmpty, type Zones, zonesOf } from "./modifiers/zone.ts";

export interface PickingOptions {
  /** Who gets the next call. Default `least-request`. */
  readonly balancer?: BalancerName | ((runtime: Runtime) => Balancer) | undefined;
  /** The caller's own zone, which is preferred. Default: none is. */
  readonly zone?: string | undefined;
  /** Calls leave the zone when less than this share of its instances can be called. Default 0.7. */
  readonly spillBelow?: number | undefined;
  /** How long one that has just appeared gets less than its share, in milliseconds. Default 0. */
  readonly slowStartMs?: number | undefined;
  /** Call only a part of the instances, always the same. Default: all. */
  readonly subset?: SubsetOptions | undefined;
  /** When an instance that fails is left alone for a while; `false`: never. */
  readonly ejection?: EjectionOptions | false | undefined;
  /** Only instances that pass: a version, say. Must be a pure function of the instance; one on which it throws doesn't pass. */
  readonly where?: ((instance: Instance) => boolean) | undefined;
}

/** The instances of a service that one handle may call, and who of them gets the next call. */
export class Pool {
  readonly #runtime: Runtime;
  readonly #service: string;
  readonly #options: PickingOptions;
  readonly #client: string;
  readonly #local: Balancer;
  readonly #remote: Balancer;
  readonly #slowStart: SlowStart;
  readonly #ejection: Ejection | undefined;
  readonly #needsHash: boolean;
  #endpoints = new Map<string, Endpoint>();
  /** Ids of those that could be called, were none left alone. */
  #callable: ReadonlySet<string> = new Set();
  #zones: Zones = { local: undefined, remote: undefined, localShare: 1 };
  /** When something changes by time alone. */
  #dueMs = Number.POSITIVE_INFINITY;
  #begun = false;

  constructor(runtime: Runtime, service: string, options: PickingOptions, owner: string) {
    const { balancer = "least-request", spillBelow = 0.7, slowStartMs = 0, subset, ejection = {} } = options;
    assertSpill(spillBelow);
    if (subset) assertSubset(subset);
    const make = () => (typeof balancer === "function" ? balancer(runtime) : balancerNamed(balancer, runtime));
    this.#runtime = runtime;
    this.#service = service;
    this.#options = { ...options, subset: subset && { ...subset } };
    this.#client = subset?.client ?? owner;
    this.#local = make();
    this.#remote = make();
    this.#slowStart = new SlowStart(slowStartMs);
    this.#ejection = ejection === false ? undefined : new Ejection(ejection);
    this.#needsHash = balancer === "rendezvous" || subset !== undefined;
  }

  /** What has to be there before anything can be picked; `undefined`: nothing any more. */
  prepared(): Promise<void> | undefined {
    return this.#needsHash && !hashLoaded() ? loadHash() : undefined;
  }

  /** How many can be picked. */
  get size(): number {
    this.#keepUp();
    return (this.#zones.local?.length ?? 0) + (this.#zones.remote?.length ?? 0);
  }

  /** When one that is left alone may be called again. */
  get nextReturnMs(): number {
    return this.#ejection?.nextReturnMs ?? Number.POSITIVE_INFINITY;
  }

  replace(instances: readonly Instance[]): void {
    const nowMs = this.#runtime.now();
    const seenAtMs = this.#begun ? nowMs : Number.NEGATIVE_INFINITY;
    this.#begun ||= instances.length > 0;
    const before = this.#endpoints;
    this.#endpoints = new Map(
      instances.map((instance) => {
        const endpoint = before.get(instance.id) ?? new Endpoint(instance, seenAtMs);
        endpoint.instance = instance;
        return [instance.id, endpoint];
      }),
    );
    this.#ejection?.retain(new Set(this.#endpoints.keys()));
    this.#rebuild(nowMs);
  }

  /** @throws NoInstanceError */
  pick(key: string | undefined, excluded: ReadonlySet<string> | undefined): Endpoint {
    this.#keepUp();
    const { local, remote, localShare } = this.#zones;
    const stays = localShare === 1 || (localShare > 0 && (!remote || this.#runtime.random() < localShare));
    if (!excluded || excluded.size === 0) {
      const picked = stays ? pickFrom(this.#local, local, key) : undefined;
      const any = picked ?? pickFrom(this.#remote, remote, key) ?? pickFrom(this.#local, local, key);
      if (any) return any;
      throw this.#none();
    }
    const rest = (among: Among | undefined) =>
      nonEmpty(among?.filter(({ instance }) => !excluded.has(instance.id)) ?? []);
    const other = pickFrom(this.#local, rest(local), key, true) ?? pickFrom(this.#remote, rest(remote), key, true);
    if (other) return other;
    throw this.#none();
  }

  succeeded(endpoint: Endpoint, latencyMs: number): void {
    if (!this.#isCurrent(endpoint)) return;
    this.#balancerOf(endpoint).answered?.(endpoint, latencyMs);
    this.#ejection?.succeeded(endpoint.instance.id);
  }

  failed(endpoint: Endpoint, latencyMs: number): void {
    if (!this.#isCurrent(endpoint)) return;
    this.#balancerOf(endpoint).answered?.(endpoint, latencyMs);
    const nowMs = this.#runtime.now();
    if (this.#ejection?.failed(endpoint.instance.id, nowMs, this.#callable)) this.#rebuild(nowMs);
  }

  /** Why nobody can be picked, when nobody can. */
  get reason(): NoInstanceReason {
    const all = [...this.#endpoints.values()].map(({ instance }) => instance);
    const { where = () => true } = this.#options;
    if (all.length === 0) return "none-registered";
    const passing = all.filter(where);
    if (passing.length === 0) return "filtered";
    const well = passing.filter(({ status }) => isCallable(status));
    if (well.length === 0) return passing.every(({ status }) => status === "draining") ? "draining" : "critical";
    return this.size === 0 ? "ejected" : "excluded";
  }

  /** How calls to one that has gone end says nothing of the one that has its id now. */
  #isCurrent(endpoint: Endpoint): boolean {
    return this.#endpoints.get(endpoint.instance.id) === endpoint;
  }

  /** Each zone has its own, with what it remembers. */
  #balancerOf({ instance }: Endpoint): Balancer {
    const { zone } = this.#options;
    return zone === undefined || instance.zone === zone ? this.#local : this.#remote;
  }

  #keepUp(): void {
    if (this.#dueMs === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#runtime.now();
    if (nowMs >= this.#dueMs) this.#rebuild(nowMs);
  }

  /** The lists are made anew only when something has changed, so that a pick is cheap. */
  #rebuild(nowMs: number): void {
    const { where = () => true, zone, spillBelow = 0.7, subset } = this.#options;
    this.#slowStart.step(this.#endpoints.values(), nowMs);
    const fitting = [...this.#endpoints.values()].filter(({ instance }) => where(instance));
    const chosen = subset ? subsetOf(fitting, subset, this.#client) : fitting;
    const callable = chosen.filter(({ instance }) => isCallable(instance.status));
    this.#callable = new Set(callable.map(({ instance }) => instance.id));
    this.#ejection?.limit(this.#callable);
    this.#ejection?.letReturn(nowMs);
    const able = callable.filter(({ instance }) => !this.#ejection?.isEjected(instance.id));
    this.#zones = zonesOf(chosen, able, zone, spillBelow);
    this.#dueMs = Math.min(this.#slowStart.nextStepMs, this.nextReturnMs);
  }

  #none(): NoInstanceError {
    const { reason } = this;
    return new NoInstanceError(
      reason,
      `No instance of ${JSON.stringify(this.#service)} can be called: ${why[reason]}`,
      {
        operation: "service.pick",
        key: this.#service,
      },
    );
  }
}

const isCallable = (status: Instance["status"]): boolean => status === "passing" || status === "warning";

const pickFrom = (
  balancer: Balancer,
  among: Among | undefined,
  key: string | undefined,
  elsewhere?: boolean,
): Endpoint | undefined => among && balancer.pick(among, key, elsewhere);

export const why: Readonly<Record<NoInstanceReason, string>> = {
  "none-registered": "none is registered. Check the name and the namespace, and that it runs.",
  filtered: "none of those registered passes `where`.",
  draining: "all that are registered are draining.",
  critical: "all that are registered are critical or draining. Look at their health checks.",
  ejected: "all that are well for the store have failed too often and are left alone for a while.",
  excluded: "all that can be called were tried already.",
  "never-connected": "the store has not answered yet. Check the connection to it, or wait for `ready()`.",
};
