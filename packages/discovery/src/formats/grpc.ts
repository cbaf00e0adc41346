import { type Bytes, decodeJson } from "@coord/core/recipe";
import type { Format } from "../format.ts";
import { asObject, hostOf, publishedFrom } from "../instance.ts";
import { registrantFrom } from "../registrant.ts";

/**
 * gRPC-Go's naming of endpoints in etcd (`go.etcd.io/etcd/client/v3/naming/endpoints`): the key `<service>/<id>`, the value
 * `{"Op":0,"Addr":"host:port","Metadata":…}`, byte for byte as Go's encoding/json writes it. Its readers know no status, so what is not to be
 * called is not there. The metadata are one string, of JSON: a channel of gRPC-Go compares them, and one that is given an object panics.
 */
export const grpcFormat: Format = {
  base: "",

  encode({ address, port, ports, secure, zone, weight, version, metadata, status }, { registrant }) {
    if (status === "critical" || status === "draining") return undefined;
    const more = { ports, secure, zone, weight, version, metadata, status, registrant };
    return encoded({ Op: add, Addr: `${hostOf(address)}:${port}`, Metadata: JSON.stringify(more) });
  },

  decode(value) {
    const { Op = add, Addr, Metadata } = asObject(decodeJson(value));
    const [, address, port] = (typeof Addr === "string" && /^\[?([^\]]*)\]?:(\d+)$/.exec(Addr)) || [];
    if (Op !== add) return undefined;
    const more = asObject(typeof Metadata === "string" ? decodeJson(Buffer.from(Metadata)) : Metadata);
    const registrant = registrantFrom(more.registrant);
    const fields = registrant ? more : { metadata: more };
    const published = publishedFrom({ ...fields, address, port: Number(port ?? Number.NaN) });
    return published && { published, registrant };
  },
};

const add = 0;

/** Go escapes what means something in HTML, and the line separators of JavaScript. */
const encoded = (update: object): Bytes =>
  Buffer.from(
    JSON.stringify(update).replace(
      /[<>&\u2028\u2029]/g,
      (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  );
