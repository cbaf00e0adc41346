import { UsageError } from "@coord/core";
import type { IOptions } from "etcd3";

export interface EtcdOptions {
  /** The members of the cluster, each `host` or `host:port`; the port is 2379 unless said. One is enough, all are better. */
  readonly endpoints: string | readonly string[];
  /** A prefix for all names. */
  readonly namespace?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** `true`: the certificate must come from an authority that the system trusts. Otherwise what is to be trusted and shown. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Send the password without TLS to a host that isn't this one. Whoever listens on the way can read it. Default `false`. */
  readonly allowPlaintext?: boolean | undefined;
  /** gRPC channel options for the `etcd3` package, over those that are set here. */
  readonly grpcOptions?: IOptions["grpcOptions"] | undefined;
}

/** PEM texts. */
export interface TlsOptions {
  /** The authority that signed the servers' certificates. Default: those that the system trusts. */
  readonly ca?: string | Buffer | undefined;
  /** This client's certificate. */
  readonly cert?: string | Buffer | undefined;
  /** The private key of `cert`. */
  readonly key?: string | Buffer | undefined;
  /** The name that the servers' certificates are made out to, if it isn't the endpoint's host. */
  readonly serverName?: string | undefined;
}

export const wrong = (message: string): UsageError => new UsageError(message, { operation: "connect" });

/** The endpoints, each with its port. */
export function endpointsOf({ endpoints }: EtcdOptions): readonly string[] {
  const given = typeof endpoints === "string" ? endpoints.split(",") : endpoints;
  if (!Array.isArray(given) || given.length === 0)
    throw wrong("`endpoints` must name at least one member of the cluster, as host:port.");
  const all = given.map(endpointOf);
  const twice = all.find((endpoint, index) => all.indexOf(endpoint) !== index);
  if (twice !== undefined) throw wrong(`The endpoint ${twice} is named twice.`);
  return all;
}

function endpointOf(given: string): string {
  const [, host, port = "2379"] = /^(\[[0-9a-f:.%]+\]|[^\s:/@[\]]+)(?::(\d+))?$/i.exec(String(given).trim()) ?? [];
  if (host === undefined) {
    const shown = JSON.stringify(String(given).replace(/^.*@/, "…@"));
    throw wrong(`The endpoint ${shown} is no host:port. An IPv6 address is written in brackets, [::1]:2379.`);
  }
  if (Number(port) < 1 || Number(port) > 65_535)
    throw wrong(`The endpoint ${host} has the port ${port}, which is none.`);
  return `${host}:${port}`;
}

/** Refuses what would give a password away, and halves of pairs. */
export function assertSafe(options: EtcdOptions, endpoints: readonly string[]): void {
  const { username, password, tls, allowPlaintext = false } = options;
  if ((username === undefined) !== (password === undefined)) throw wrong("`username` and `password` go together.");
  if (typeof tls === "object" && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw wrong("A client certificate is `tls.cert` and its private key `tls.key` together.");
  }
  const exposed = endpoints.find((endpoint) => !isLoopback(endpoint));
  if (username === undefined || tls || allowPlaintext || exposed === undefined) return;
  throw wrong(
    `The password would go to ${exposed} in the clear. Use TLS (etcds:// or \`tls\`), or say \`allowPlaintext: true\` if the network is yours alone.`,
  );
}

export function isLoopback(endpoint: string): boolean {
  const host = endpoint.replace(/:\d+$/, "");
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
