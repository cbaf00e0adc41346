import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Cluster } from "./cluster.ts";
import { type Endpoint, loopback } from "./endpoint.ts";
import { fourLetterWord } from "./four-letter-word.ts";
import { freePorts } from "./free-ports.ts";
import type { ZooKeeperBinaries } from "./provision/found.ts";
import type { NodeBlueprint } from "./server-node.ts";
import type { Program } from "./server-process.ts";

export interface ZooKeeperOptions {
  readonly binaries: ZooKeeperBinaries;
  readonly nodes?: 1 | 3;
  /** ZooKeeper's unit of time. A session's timeout lies between 2 and 20 of it. */
  readonly tickMs?: number;
  /** More lines for the configuration file. They come last, so they win. */
  readonly config?: readonly string[];
  /** More options for the Java runtime. */
  readonly jvm?: readonly string[];
}

interface Site {
  readonly id: number;
  readonly folder: string;
  readonly client: Endpoint;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/** A fresh ZooKeeper ensemble on loopback. */
export function startZooKeeper(options: ZooKeeperOptions): Promise<Cluster> {
  return Cluster.start("zk", async (folder) => {
    const sites = await chooseSites(options.nodes ?? 1, folder);
    await Promise.all(sites.map((site) => furnish(site, sites, options)));
    return sites.map((site) => blueprint(site, options));
  });
}

async function chooseSites(count: number, folder: string): Promise<Site[]> {
  const ports = await freePorts(3 * count);
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    folder: join(folder, `zookeeper${i + 1}`),
    client: { host: loopback, port: ports[3 * i] ?? 0 },
    quorumPort: ports[3 * i + 1] ?? 0,
    electionPort: ports[3 * i + 2] ?? 0,
  }));
}

async function furnish(site: Site, sites: readonly Site[], options: ZooKeeperOptions): Promise<void> {
  await mkdir(dataFolder(site), { recursive: true });
  await writeFile(join(dataFolder(site), "myid"), String(site.id));
  await writeFile(configFile(site), configuration(site, sites, options));
}

/** `forceSync=no`: killing a process loses nothing it has written, so waiting for the disk would prove nothing more. */
function configuration(site: Site, sites: readonly Site[], { tickMs = 500, config = [] }: ZooKeeperOptions): string {
  const ensemble = sites.map(
    ({ id, quorumPort, electionPort }) => `server.${id}=${loopback}:${quorumPort}:${electionPort}`,
  );
  return [
    `tickTime=${tickMs}`,
    "initLimit=20",
    "syncLimit=10",
    `dataDir=${dataFolder(site)}`,
    `clientPort=${site.client.port}`,
    `clientPortAddress=${site.client.host}`,
    "maxClientCnxns=0",
    "admin.enableServer=false",
    "4lw.commands.whitelist=*",
    "extendedTypesEnabled=true",
    "forceSync=no",
    ...(sites.length > 1 ? ensemble : []),
    ...config,
    "",
  ].join("\n");
}

function blueprint(site: Site, options: ZooKeeperOptions): NodeBlueprint {
  return {
    name: `zookeeper${site.id}`,
    endpoint: site.client,
    folder: site.folder,
    program: program(site, options),
    ready: async () => void (await serverMode(site.client)),
    leads: () => leads(site.client),
  };
}

/** Several of these run on a small machine: a small heap, the collector and the compiler that need the fewest threads. */
function program(site: Site, { binaries, jvm = [] }: ZooKeeperOptions): Program {
  return {
    file: binaries.java,
    args: [
      "-Xmx192m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
      ...jvm,
      "-cp",
      binaries.jars.join(":"),
      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
      configFile(site),
    ],
  };
}

function dataFolder({ folder }: Site): string {
  return join(folder, "data");
}

function configFile({ folder }: Site): string {
  return join(folder, "zoo.cfg");
}

/** A server answers with its mode only while it serves: in an ensemble, while it is part of a majority. */
async function serverMode(endpoint: Endpoint): Promise<{ mode: string; epoch: bigint }> {
  const answer = await fourLetterWord(endpoint, "srvr");
  const mode = /^Mode: (\w+)/m.exec(answer)?.[1];
  const zxid = /^Zxid: (0x[0-9a-f]+)/m.exec(answer)?.[1];
  if (mode === undefined || zxid === undefined) throw new Error(`not serving: ${answer.trim()}`);
  return { mode, epoch: BigInt(zxid) >> 32n };
}

async function leads(endpoint: Endpoint): Promise<bigint | undefined> {
  const { mode, epoch } = await serverMode(endpoint);
  return mode === "leader" || mode === "standalone" ? epoch : undefined;
}
