import { decodeJson, encodeJson } from "@coord/core/recipe";
import type { Format } from "../format.ts";
import { asObject, hostOf, publishedFrom } from "../instance.ts";
import { registrantFrom } from "../registrant.ts";

/**
 * gRPC-Go's naming of endpoints in etcd (`go.etcd.io/etcd/client/v3/naming/endpoints`): the key `<service>/<id>`, the value
 * `{"Op":0,"Addr":"host:port","Metadata":…}`. Its readers know no status, so what is not to be called is not there.
 */
export const grpcFormat: Format = {
  base: "",

  encode({ address, port, ports, secure, zone, weight, version, metadata, status }, { registrant }) {
    if (status === "critical" || status === "draining") return undefined;
    const more = { ports, secure, zone, weight, version, metadata, status, registrant };
    return encodeJson({ Op: add, Addr: `${hostOf(address)}:${port}`, Metadata: more });
  },

  decode(value) {
    const { Op = add, Addr, Metadata } = asObject(decodeJson(value));
    const [, address, port] = (typeof Addr === "string" && /^\[?([^\]]*)\]?:(\d+)$/.exec(Addr)) || [];
    if (Op !== add) return undefined;
    const more = asObject(Metadata);
    const registrant = registrantFrom(more.registrant);
    const fields = registrant ? more : { metadata: more };
    const published = publishedFrom({ ...fields, address, port: Number(port ?? Number.NaN) });
    return published && { published, registrant };
  },
};

const add = 0;
