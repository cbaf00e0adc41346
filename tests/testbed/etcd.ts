import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Endpoint, loopback } from "./endpoint.ts";
import { newAuth } from "./etcd-auth.ts";
import { EtcdCluster, type EtcdPlan, type Membership } from "./etcd-cluster.ts";
import { EtcdGateway } from "./etcd-gateway.ts";
import { setUpTls, type TlsMode } from "./etcd-tls.ts";
import { freePorts } from "./free-ports.ts";
import { type Peer, PeerNetwork } from "./peer-network.ts";
import type { EtcdBinaries } from "./provision/found.ts";

export interface EtcdOptions {
  readonly binaries: EtcdBinaries;
  readonly nodes?: 1 | 3;
  /** More of etcd's flags. They come last, so they win. */
  readonly args?: readonly string[];
  /** Of the clients' ports; the members speak plainly with each other. */
  readonly tls?: TlsMode;
  /** Who may do what is asked from the start on; the user `app` may read and write below this prefix. */
  readonly auth?: { readonly prefix: string };
  /** The members reach each other through proxies, so that one can be cut off from the others. */
  readonly peerProxies?: boolean;
}

interface Site {
  readonly name: string;
  readonly folder: string;
  readonly client: Endpoint;
  readonly peer: Endpoint;
}

/** A fresh etcd cluster on loopback. */
export function startEtcd(options: EtcdOptions): Promise<EtcdCluster> {
  return EtcdCluster.launch((folder) => drawUp(folder, options));
}

async function drawUp(folder: string, { binaries, nodes = 1, args = [], ...options }: EtcdOptions): Promise<EtcdPlan> {
  const sites = await chooseSites(nodes, folder);
  const tls = options.tls && (await setUpTls(options.tls, folder));
  const peers = options.peerProxies ? await PeerNetwork.among(sites.map(peerOf)) : undefined;
  const members = sites.map((site) => {
    const membership = membershipOf(site, sites, ({ name, peer }) => peers?.gateOf(name) ?? peer);
    const flags = { ...membership, ...addresses(site, tls ? "https" : "http"), ...behaviour, ...tls?.flags };
    const gateway = new EtcdGateway({ ...site.client, tls: tls?.client });
    const blueprint = {
      name: site.name,
      endpoint: site.client,
      folder: site.folder,
      program: { file: binaries.etcd, args: [...Object.entries(flags).map((pair) => pair.join("=")), ...args] },
      ready: () => gateway.expectHealthy(),
      leads: () => gateway.leads(),
    };
    return { membership, blueprint };
  });
  return { binaries, members, tls: tls?.client, auth: options.auth && newAuth(options.auth.prefix), peers };
}

async function chooseSites(count: number, folder: string): Promise<Site[]> {
  const ports = await freePorts(2 * count);
  const sites = Array.from({ length: count }, (_, i) => ({
    name: `etcd${i + 1}`,
    folder: join(folder, `etcd${i + 1}`),
    client: { host: loopback, port: ports[2 * i] ?? 0 },
    peer: { host: loopback, port: ports[2 * i + 1] ?? 0 },
  }));
  await Promise.all(sites.map((site) => mkdir(site.folder)));
  return sites;
}

function peerOf({ name, peer }: Site): Peer {
  return { name, endpoint: peer };
}

/** Where a member is told to dial another need not be where that one listens. */
function membershipOf(site: Site, sites: readonly Site[], dialled: (site: Site) => Endpoint): Membership {
  return {
    "--name": site.name,
    "--data-dir": join(site.folder, "data"),
    "--initial-cluster": sites.map((each) => `${each.name}=${url("http", dialled(each))}`).join(","),
    "--initial-advertise-peer-urls": url("http", dialled(site)),
  };
}

function addresses({ client, peer }: Site, scheme: "http" | "https") {
  return {
    "--listen-client-urls": url(scheme, client),
    "--advertise-client-urls": url(scheme, client),
    "--listen-peer-urls": url("http", peer),
  };
}

/** To make it dear to check a password would protect nobody here. */
const behaviour = { "--logger": "zap", "--log-level": "warn", "--bcrypt-cost": "4" };

function url(scheme: string, { host, port }: Endpoint): string {
  return `${scheme}://${host}:${port}`;
}
