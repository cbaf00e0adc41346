import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Cluster } from "./cluster.ts";
import { type Endpoint, loopback } from "./endpoint.ts";
import { freePorts } from "./free-ports.ts";
import { http } from "./http.ts";
import type { EtcdBinaries } from "./provision/found.ts";
import type { NodeBlueprint } from "./server-node.ts";

export interface EtcdOptions {
  readonly binaries: EtcdBinaries;
  readonly nodes?: 1 | 3;
  /** More of etcd's flags. They come last, so they win. */
  readonly args?: readonly string[];
}

interface Site {
  readonly name: string;
  readonly folder: string;
  readonly client: Endpoint;
  readonly peer: Endpoint;
}

/** A fresh etcd cluster on loopback. */
export function startEtcd({ binaries, nodes = 1, args = [] }: EtcdOptions): Promise<Cluster> {
  return Cluster.start("etcd", async (folder) => {
    const sites = await chooseSites(nodes, folder);
    return sites.map((site) => blueprint(binaries.etcd, site, sites, args));
  });
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

function blueprint(etcd: string, site: Site, sites: readonly Site[], more: readonly string[]): NodeBlueprint {
  return {
    name: site.name,
    endpoint: site.client,
    folder: site.folder,
    program: { file: etcd, args: [...flags(site, sites), ...more] },
    ready: () => ready(site.client),
    leads: () => leads(site.client),
  };
}

function flags(site: Site, sites: readonly Site[]): string[] {
  return Object.entries({
    "--name": site.name,
    "--data-dir": join(site.folder, "data"),
    "--listen-client-urls": httpUrl(site.client),
    "--advertise-client-urls": httpUrl(site.client),
    "--listen-peer-urls": httpUrl(site.peer),
    "--initial-advertise-peer-urls": httpUrl(site.peer),
    "--initial-cluster": sites.map(({ name, peer }) => `${name}=${httpUrl(peer)}`).join(","),
    "--initial-cluster-state": "new",
    "--logger": "zap",
    "--log-level": "warn",
  }).flat();
}

function httpUrl({ host, port }: Endpoint): string {
  return `http://${host}:${port}`;
}

/** To answer that it is healthy, a node has a read agreed on by the majority. */
async function ready(endpoint: Endpoint): Promise<void> {
  const answer = JSON.parse(await http(endpoint, "/health"));
  if (String(answer.health) !== "true") throw new Error(`not healthy: ${JSON.stringify(answer)}`);
}

async function leads(endpoint: Endpoint): Promise<bigint | undefined> {
  const { header, leader, raftTerm } = JSON.parse(await http(endpoint, "/v3/maintenance/status", {}));
  return leader === header.member_id ? BigInt(raftTerm) : undefined;
}
