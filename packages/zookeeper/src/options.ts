import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { UsageError } from "@coord/core/spi";
import { type Endpoint, identityOf, type TlsOptions } from "./wire/endpoints.ts";
import type { Acl } from "./wire/records.ts";

export interface ZooKeeperOptions {
  /** `host:port` each, or `host` for port 2181; an IPv6 address stands in brackets. */
  readonly servers: readonly string[];
  /** A prefix for all names. */
  readonly namespace?: string | undefined;
  /** Authenticates by the scheme `digest`. The server doesn't check it: a wrong one shows at what it may not touch. */
  readonly auth?: { readonly user: string; readonly password: string } | undefined;
  /** `true` for TLS with the authorities that Node trusts. */
  readonly tls?: true | TlsOptions | undefined;
  /**
   * Who may do what with the nodes that are made, directories on the way included. Default: `creator` where the client has an
   * identity, by `auth` or a certificate, and else `open` to whoever reaches the server.
   */
  readonly acl?: "open" | "creator" | readonly Acl[] | undefined;
  /** Lets credentials travel without TLS to a host that isn't this machine, where whoever is in between can read them. */
  readonly allowPlaintext?: boolean | undefined;
  /** The longest answer to a read that is taken, in bytes. Default 16 MiB: some hundred thousand names. */
  readonly maxReplyBytes?: number | undefined;
  /** `false`: each node is watched by itself, as servers before 3.6 need it, which are recognised without it. Default `true`. */
  readonly recursiveWatches?: boolean | undefined;
}

export interface CheckedOptions {
  readonly servers: readonly Endpoint[];
  readonly namespace: string | undefined;
  readonly auth: { readonly user: string; readonly password: string } | undefined;
  readonly tls: TlsOptions | undefined;
  readonly acl: ZooKeeperOptions["acl"];
  readonly maxReplyBytes: number;
  readonly recursiveWatches: boolean;
}

const defaultPort = 2181;
const defaultReplyBytes = 16 * 1024 * 1024;

export function checkedOptions(options: ZooKeeperOptions): CheckedOptions {
  const { namespace, auth, acl, maxReplyBytes = defaultReplyBytes, recursiveWatches = true } = options;
  const servers = [...new Set(options.servers)].map((server, index) => endpointOf(server, index + 1));
  if (servers.length === 0) throw new UsageError("`servers` must name at least one server, as host:port.");
  const tls = options.tls === true ? {} : options.tls;
  if (auth) assertAuth(auth);
  if (tls) assertUsable(tls);
  if (!Number.isSafeInteger(maxReplyBytes) || maxReplyBytes < 1024) {
    throw new UsageError(
      `\`maxReplyBytes\` must be a whole number of bytes, 1024 or more, got ${String(maxReplyBytes)}.`,
    );
  }
  if (acl !== undefined && typeof acl !== "string" && acl.length === 0) {
    throw new UsageError('`acl` must be "open", "creator" or a list that is not empty.');
  }
  const exposed = auth && !tls && !options.allowPlaintext ? servers.find(({ host }) => !isLoopback(host)) : undefined;
  if (exposed) {
    throw new UsageError(
      `The credentials would travel to ${exposed.host} without TLS, for everybody on the way to read. Use zks:// or \`tls\`, or say \`allowPlaintext: true\`.`,
    );
  }
  return { servers, namespace, auth, tls, acl, maxReplyBytes, recursiveWatches };
}

/** @param number which one it is, for the error: what stands there may be a password in the wrong place */
export function endpointOf(text: string, number: number): Endpoint {
  const [, v6, name, digits] = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = v6 ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`Server ${number} of the list is no server: write host:port, or [address]:port for IPv6.`);
  }
  return { host, port };
}

function assertAuth({ user, password }: { readonly user: string; readonly password: string }): void {
  if (typeof user === "string" && user !== "" && !user.includes(":") && typeof password === "string") return;
  throw new UsageError("`auth` must have a `user` without a colon and a `password`."); // and not a word of what they are
}

/** What can't be read would otherwise show only when it is used. */
function assertUsable(tls: TlsOptions): void {
  try {
    createSecureContext(identityOf(tls));
    for (const ca of [tls.ca ?? []].flat()) new X509Certificate(ca); // one that is none would be passed over, and nobody trusted
  } catch (error) {
    throw new UsageError(
      `\`tls\` has a \`ca\`, \`cert\` or \`key\` that can't be used (${(error as Error).message}). Give each as PEM, and the key with its \`passphrase\`.`,
    );
  }
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
