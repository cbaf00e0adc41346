import { type Bytes, decodeJson } from "@coord/core/recipe";
import type { Format, Writer } from "../format.ts";
import { asObject, type Published, publishedFrom } from "../instance.ts";
import { registrantFrom } from "../registrant.ts";

/**
 * Apache Curator's x-discovery, byte for byte as its `JsonInstanceSerializer` writes a `ServiceInstance`. Curator passes over an instance
 * that isn't `enabled`: one that is critical or draining. What it has no field for is in the payload, a map.
 */
export const curatorFormat: Format = {
  base: "services",
  encode: (published, writer) => encoded(serviceInstance(published, writer, mapPayload(published, writer))),
  decode,
};

/** The same, with the payload that Spring Cloud ZooKeeper expects: its metadata are strings. */
export const springFormat: Format = {
  base: "services",
  encode: (published, writer) => encoded(serviceInstance(published, writer, springPayload(published, writer))),
  decode,
};

/** In the order of Curator's own fields. Who is enabled doesn't say so: older clients of Curator can't read an entry with that field. */
function serviceInstance(published: Published, { name, id, registeredAtMs }: Writer, payload: object): object {
  const { address, port, secure, status } = published;
  const enabled = status === "passing" || status === "warning";
  return {
    name,
    id,
    address,
    port: secure ? null : port,
    sslPort: secure ? port : null,
    payload,
    registrationTimeUTC: registeredAtMs,
    serviceType: "DYNAMIC",
    uriSpec: { parts: uriParts },
    ...(enabled ? {} : { enabled }),
  };
}

/** `{scheme}://{address}:{port}` */
const uriParts = [
  { value: "scheme", variable: true },
  { value: "://", variable: false },
  { value: "address", variable: true },
  { value: ":", variable: false },
  { value: "port", variable: true },
];

/** Jackson escapes what lies beyond the basic plane, and its hexadecimal digits are capitals. */
const encoded = (instance: object): Bytes =>
  Buffer.from(
    JSON.stringify(instance).replace(/\\(?:u[0-9a-f]{4}|.)|[\ud800-\udfff]/g, (found) =>
      found.length === 2 ? found : `\\u${codeOf(found).toUpperCase()}`,
    ),
  );

const codeOf = (found: string): string => (found.length > 1 ? found.slice(2) : found.charCodeAt(0).toString(16));

/** What a payload of no class of its own is to Jackson. */
const mapClass = "java.util.LinkedHashMap";

function mapPayload({ ports, zone, weight, version, metadata, status }: Published, { registrant }: Writer): object {
  return { "@class": mapClass, ports, zone, weight, version, metadata, status, registrant };
}

/** Fields of ours among the metadata, which has text only: their names begin with this. */
const own = "coord.";
const springClass = "org.springframework.cloud.zookeeper.discovery.ZookeeperInstance";

function springPayload(published: Published, { name, id, registrant }: Writer): object {
  const { ports, zone, weight, version, metadata, status } = published;
  const fields = Object.entries({ ports, zone, weight, version, status, registrant });
  return {
    "@class": springClass,
    id,
    name,
    metadata: {
      ...Object.fromEntries(Object.entries(metadata).map(([field, value]) => [field, asText(value)])),
      instance_status: status === "passing" || status === "warning" ? "UP" : "OUT_OF_SERVICE",
      ...Object.fromEntries(
        fields.flatMap(([field, value]) => (value === undefined ? [] : [[`${own}${field}`, JSON.stringify(value)]])),
      ),
    },
  };
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function decode(value: Uint8Array): ReturnType<Format["decode"]> {
  const { address, port, sslPort, payload, enabled } = asObject(decodeJson(value));
  const secure = port === null || port === undefined;
  const { "@class": type, ...more } = asObject(payload);
  const { fields, metadata } = type === springClass ? ofSpring(asObject(more.metadata)) : ofMap(more);
  const disabled = enabled === false || metadata.instance_status === "OUT_OF_SERVICE";
  const status = disabled && fields.status !== "draining" ? "critical" : fields.status;
  const published = publishedFrom({ ...fields, address, port: secure ? sslPort : port, secure, metadata, status });
  return published && { published, registrant: registrantFrom(fields.registrant) };
}

/** A payload that isn't ours is metadata as a whole, of whatever class it is. */
function ofMap(payload: Readonly<Record<string, unknown>>) {
  const isOurs = registrantFrom(payload.registrant) !== undefined;
  return isOurs ? { fields: payload, metadata: asObject(payload.metadata) } : { fields: {}, metadata: payload };
}

function ofSpring(texts: Readonly<Record<string, unknown>>) {
  const fields: Record<string, unknown> = {};
  const metadata: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    if (name.startsWith(own) && typeof text === "string")
      fields[name.slice(own.length)] = decodeJson(Buffer.from(text));
    else metadata[name] = text;
  }
  return { fields, metadata };
}
