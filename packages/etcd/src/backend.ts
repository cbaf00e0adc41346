import { type ConnectOptions, type Coord, connect as connectTo, toKey } from "@coord/core";
import type { Backend } from "@coord/core/spi";
import { Connection } from "./connection.ts";
import { assertSafe, type EtcdOptions, endpointsOf, type TlsOptions } from "./options.ts";
import { Member, type MemberOptions, type Tls } from "./rpc.ts";
import { etcdStore } from "./store.ts";
import { optionsOf, tlsOf } from "./url.ts";

/** A store on an etcd cluster, version 3.4 or newer. */
export function etcd(options: EtcdOptions): Backend {
  return backend(options, async () => options.tls ?? false);
}

/** `etcd://a:2379,b:2379/namespace`, or `etcds:` for TLS, with `?ca=`, `cert=`, `key=` naming PEM files, and `serverName=`. */
export function fromUrl(url: string): Backend {
  const options = optionsOf(url);
  return backend(options, () => tlsOf(options));
}

/** Connects to etcd, without the detour by the URL's scheme. */
export function connect(target: string | EtcdOptions, options?: ConnectOptions): Promise<Coord> {
  return connectTo(typeof target === "string" ? fromUrl(target) : etcd(target), options);
}

/** Credentials stay in here: nothing that can be printed holds them. */
function backend(options: EtcdOptions, readTls: () => Promise<boolean | TlsOptions>): Backend {
  const endpoints = endpointsOf(options);
  assertSafe(options, endpoints);
  const { username, password, grpcOptions } = options;
  const credentials = username === undefined || password === undefined ? undefined : { username, password };
  const scheme = options.tls ? "etcds" : "etcd";
  return {
    endpoints: endpoints.map((endpoint) => `${scheme}://${endpoint}`),
    namespace: options.namespace ? toKey(options.namespace) : "",
    open: async (context) => {
      const tls = channelTls(await readTls());
      const members = waysTo(endpoints).map((way) => new Member({ ...way, tls, grpcOptions }, context.runtime));
      const connection = new Connection(members, credentials, context);
      return etcdStore(connection, context);
    },
  };
}

/**
 * Where there is one endpoint there are two connections to it, the second made when it is needed: the first may be dead where
 * no error tells. Of two connections that don't come about one is soon tried anew; the other may be slow to be made.
 */
function waysTo(endpoints: readonly string[]): readonly Pick<MemberOptions, "endpoint" | "connectMs">[] {
  const all = endpoints.length === 1 ? [...endpoints, ...endpoints] : endpoints;
  return all.map((endpoint, index) => ({ endpoint, connectMs: index % 2 === 0 ? 1_500 : 10_000 }));
}

function channelTls(tls: boolean | TlsOptions): Tls | undefined {
  if (tls === false) return undefined;
  if (tls === true) return {};
  const { ca, cert, key, serverName } = tls;
  return { ca: pem(ca), cert: pem(cert), key: pem(key), serverName };
}

const pem = (text: string | Buffer | undefined): Buffer | undefined =>
  text === undefined ? undefined : Buffer.from(text);
