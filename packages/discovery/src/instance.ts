import { UsageError } from "@coord/core";

/** `warning` is still picked; `critical` and `draining` are shown, but not picked. */
export type InstanceStatus = "passing" | "warning" | "critical" | "draining";

/** What one instance of a service says of itself. */
export interface InstanceDescription {
  readonly address: string;
  readonly port: number;
  /** Further ports by name: `{ admin: 9090 }`. Default: none. */
  readonly ports?: Readonly<Record<string, number>> | undefined;
  /** Whether `port` speaks TLS. Default `false`. */
  readonly secure?: boolean | undefined;
  readonly zone?: string | undefined;
  /** How much of the load it takes, next to the others. Above 0; default 1. */
  readonly weight?: number | undefined;
  readonly version?: string | undefined;
  /** Any JSON, for the eyes of those who call. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A description with nothing left to defaults, and the status: what an entry shows. */
export interface Published {
  readonly address: string;
  readonly port: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly secure: boolean;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly version: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: InstanceStatus;
}

const statuses: ReadonlySet<unknown> = new Set(["passing", "warning", "critical", "draining"]);

/** @throws UsageError that names the field. */
export function publishedOf(described: InstanceDescription, status: InstanceStatus): Published {
  const { address, port, ports = {}, secure = false, zone, weight = 1, version, metadata = {} } = described;
  if (!isAddress(address)) throw wrong("address", "a host name or IP address", address);
  assertPort("port", port);
  for (const [name, each] of Object.entries(ports)) assertPort(`ports.${name}`, each);
  if (typeof secure !== "boolean") throw wrong("secure", "true or false", secure);
  if (zone !== undefined && typeof zone !== "string") throw wrong("zone", "a string", zone);
  if (!isWeight(weight)) throw wrong("weight", "a number above 0", weight);
  if (version !== undefined && typeof version !== "string") throw wrong("version", "a string", version);
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata))
    throw wrong("metadata", "an object", metadata);
  if (!statuses.has(status)) throw wrong("status", [...statuses].join(", "), status);
  return { address, port, ports, secure, zone, weight, version, metadata, status };
}

/** As it is now, whatever becomes of the caller's objects. @throws UsageError */
export function copyOf<T extends Partial<InstanceDescription>>(described: T): T {
  const { ports, metadata } = described;
  return {
    ...described,
    ...(typeof ports === "object" && { ports: { ...ports } }),
    ...(metadata !== undefined && { metadata: jsonOf(metadata) }),
  };
}

function jsonOf(metadata: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(metadata));
  } catch {
    throw wrong("metadata", "what JSON can say", metadata);
  }
}

/** What somebody wrote into the store, as far as it makes sense; `undefined` where there is nothing to call. */
export function publishedFrom(found: { readonly [field in keyof Published]?: unknown }): Published | undefined {
  const { address, port, ports, secure, zone, weight, version, metadata, status } = found;
  if (!isAddress(address) || !isPort(port)) return undefined;
  return {
    address,
    port,
    ports: Object.freeze(
      Object.fromEntries(Object.entries(asObject(ports)).filter(([, each]) => isPort(each))),
    ) as Record<string, number>,
    secure: secure === true,
    zone: typeof zone === "string" ? zone : undefined,
    weight: isWeight(weight) ? weight : 1,
    version: typeof version === "string" ? version : undefined,
    metadata: asObject(withoutPrototype(metadata)),
    status: statuses.has(status) ? (status as InstanceStatus) : "passing",
  };
}

/** An instance of a service as a view shows it. Frozen; a change replaces it. */
export class Instance implements Published {
  /** Unique within the service. */
  readonly id: string;
  readonly service: string;
  readonly address!: string;
  readonly port!: number;
  readonly ports!: Readonly<Record<string, number>>;
  readonly secure!: boolean;
  readonly zone: string | undefined;
  readonly weight!: number;
  readonly version: string | undefined;
  readonly metadata!: Readonly<Record<string, unknown>>;
  readonly status!: InstanceStatus;
  /** The store has lost it together with most of the others: it is shown for a while longer, in case that was a mistake. */
  readonly kept: boolean;

  constructor(service: string, id: string, published: Published, kept = false) {
    Object.assign(this, published);
    this.service = service;
    this.id = id;
    this.kept = kept;
    Object.freeze(this);
  }

  /** `http://address:port/path`, with TLS `https`. @param port the name of one of `ports`; default: the main one. */
  url(path = "/", port?: string): string {
    const number = port === undefined ? this.port : this.ports[port];
    if (number === undefined) {
      throw new UsageError(
        `The instance ${JSON.stringify(this.id)} has no port ${JSON.stringify(port)}; it has ${Object.keys(this.ports).join(", ") || "no named ones"}.`,
        { operation: "instance.url" },
      );
    }
    return `${this.secure ? "https" : "http"}://${hostOf(this.address)}:${number}${path.startsWith("/") ? "" : "/"}${path}`;
  }
}

/** An IPv6 address in brackets, all else as it is: what stands before the colon and the port. */
export const hostOf = (address: string): string =>
  address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;

/** JSON from strangers: what would be taken for an object's prototype is dropped, and all of it is frozen. */
function withoutPrototype(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(withoutPrototype));
  const clean: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value))
    if (name !== "__proto__" && name !== "constructor" && name !== "prototype") clean[name] = withoutPrototype(each);
  return Object.freeze(clean);
}

export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export const isPort = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535;

/** Nothing that would mean something else in a URL, and no longer than names can be (RFC 1035, section 2.3.4). */
const isAddress = (value: unknown): value is string =>
  typeof value === "string" && value.length <= 255 && /^[^\s/?#@\\<>"^`{|}\p{Cc}]+$/u.test(value);

const isWeight = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 && value <= 1e9;

function assertPort(field: string, value: unknown): void {
  if (!isPort(value)) throw wrong(field, "a port number from 0 to 65535", value);
}

function wrong(field: string, expected: string, value: unknown): UsageError {
  return new UsageError(`\`${field}\` of an instance must be ${expected}, got ${describe(value)}.`, {
    operation: "discovery.register",
  });
}

const describe = (value: unknown): string =>
  typeof value === "string"
    ? JSON.stringify(value.slice(0, 80))
    : typeof value === "object"
      ? "an object"
      : String(value);
