import { createPrivateKey } from "node:crypto";
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
  /** Whether its runtime is as large as the server's own script makes it. Default: small, as several run on a small machine. */
  readonly fullSize?: boolean;
  /** Where one server of an ensemble finds another one's port for followers; the way can lead through a proxy. Default: there. */
  readonly way?: (from: number, to: number, port: Endpoint) => Promise<Endpoint>;
  /** A second port, for TLS alone. `mutual`: a client without a certificate that the server trusts is turned away. */
  readonly tls?: "server" | "mutual";
}

interface Site {
  readonly id: number;
  readonly folder: string;
  readonly client: Endpoint;
  readonly secure: Endpoint;
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
  const ports = await freePorts(4 * count);
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    folder: join(folder, `zookeeper${i + 1}`),
    client: { host: loopback, port: ports[4 * i] ?? 0 },
    quorumPort: ports[4 * i + 1] ?? 0,
    electionPort: ports[4 * i + 2] ?? 0,
    secure: { host: loopback, port: ports[4 * i + 3] ?? 0 },
  }));
}

async function furnish(site: Site, sites: readonly Site[], options: ZooKeeperOptions): Promise<void> {
  await mkdir(dataFolder(site), { recursive: true });
  await writeFile(join(dataFolder(site), "myid"), String(site.id));
  if (options.tls) await layCertificates(site);
  await writeFile(configFile(site), configuration(site, await ensembleOf(site, sites, options), options));
}

/** The servers as one of them is to see them. */
function ensembleOf(site: Site, sites: readonly Site[], { way }: ZooKeeperOptions): Promise<string[]> {
  return Promise.all(
    sites.map(async ({ id, quorumPort, electionPort }) => {
      const own = { host: loopback, port: quorumPort };
      const seen = id === site.id || way === undefined ? own : await way(site.id, id, own);
      return `server.${id}=${loopback}:${seen.port}:${electionPort}`;
    }),
  );
}

/** `forceSync=no`: killing a process loses nothing it has written, so waiting for the disk would prove nothing more. */
function configuration(
  site: Site,
  ensemble: readonly string[],
  { tickMs = 500, config = [], tls }: ZooKeeperOptions,
): string {
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
    ...(ensemble.length > 1 ? ensemble : []),
    ...(tls ? secureLines(site, tls) : []),
    ...config,
    "",
  ].join("\n");
}

function secureLines({ secure, folder }: Site, mode: NonNullable<ZooKeeperOptions["tls"]>): string[] {
  return [
    "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
    `secureClientPort=${secure.port}`,
    `secureClientPortAddress=${secure.host}`,
    `ssl.clientAuth=${mode === "mutual" ? "need" : "none"}`,
    "ssl.keyStore.type=PEM",
    `ssl.keyStore.location=${join(folder, "server.pem")}`,
    "ssl.trustStore.type=PEM",
    `ssl.trustStore.location=${join(folder, "ca.pem")}`,
  ];
}

/** ZooKeeper reads a key in the newer of the two encodings only, and wants it in one file with the certificate. */
async function layCertificates({ folder }: Site): Promise<void> {
  const { certificates } = await import("./certificates.ts"); // what makes them is large, and few need it
  const { ca, server } = await certificates();
  const key = createPrivateKey(server.key).export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, "server.pem"), `${key}${server.cert}`, { mode: 0o600 });
  await writeFile(join(folder, "ca.pem"), ca);
}

function blueprint(site: Site, options: ZooKeeperOptions): NodeBlueprint {
  return {
    name: `zookeeper${site.id}`,
    endpoint: site.client,
    secureEndpoint: site.secure,
    folder: site.folder,
    program: program(site, options),
    ready: async () => void (await serverMode(site.client)),
    leads: () => leads(site.client),
  };
}

/** A small heap, the collector and the compiler that need the fewest threads. */
const small = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
/** What `zkServer.sh` says where nothing else is configured. */
const asShipped = ["-Xmx1000m"];

function program(site: Site, { binaries, jvm = [], fullSize = false }: ZooKeeperOptions): Program {
  return {
    file: binaries.java,
    args: [
      ...(fullSize ? asShipped : small),
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
