import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Found, ZooKeeperBinaries } from "./found.ts";
import { findJava } from "./java.ts";
import type { Bundle, PackageStore } from "./package-store.ts";

/** What to install to have ZooKeeper without Debian's own service around it. */
export const zooKeeperPackages = ["libzookeeper-java", "default-jre-headless"];

/**
 * The jars a server needs, from watching one load its classes. ZooKeeper's own jar names libraries it needs by their
 * place in the system, but neither all of netty (TLS needs codec, resolver and unix-common) nor a logger. It comes
 * last, so that the jars of this list go before what the system happens to have.
 */
export const zooKeeperJars = [
  "slf4j-api",
  "metrics-core",
  "snappy-java",
  "commons-cli",
  "commons-io",
  "netty-common",
  "netty-buffer",
  "netty-codec",
  "netty-resolver",
  "netty-transport",
  "netty-transport-native-unix-common",
  "netty-transport-native-epoll",
  "netty-handler",
  "jctools-core",
  "slf4j-simple",
  "zookeeper-jute",
  "zookeeper",
];

const bundle: Bundle = {
  name: "zookeeper",
  choices: [
    [
      "libzookeeper-java",
      "libnetty-java",
      "libjctools-java", // netty's queues
      "libslf4j-java",
      "libdropwizard-metrics-java",
      "libsnappy-java",
      "libcommons-cli-java",
      "libcommons-io-java",
    ],
  ],
  async prove(root) {
    const absent = jarsIn(packagedJars(root)).filter((jar) => !existsSync(jar));
    if (absent.length > 0) throw new Error(`the ZooKeeper packages do not hold ${absent.join(", ")}`);
  },
};

/** The jars from the system or, if one of them is not there, all from packages; a Java of either place runs them. */
export async function findZooKeeper(
  path: string,
  packages: PackageStore,
  systemJars = "/usr/share/java",
): Promise<Found<ZooKeeperBinaries>> {
  const installed = jarsIn(systemJars);
  const jarsInstalled = installed.every((jar) => existsSync(jar));
  const jars = jarsInstalled ? installed : jarsIn(packagedJars(await packages.root(bundle)));
  const { java, fromPath } = await findJava(path, packages);
  return { kind: "binaries", from: jarsInstalled && fromPath ? "path" : "packages", binaries: { java, jars } };
}

function packagedJars(root: string): string {
  return join(root, "usr/share/java");
}

function jarsIn(folder: string): string[] {
  return zooKeeperJars.map((name) => join(folder, `${name}.jar`));
}
