import { existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "./command.ts";
import type { CuratorPrograms, Found } from "./found.ts";
import { findJava } from "./java.ts";
import type { Bundle, PackageStore } from "./package-store.ts";
import { findZooKeeper } from "./zookeeper.ts";

/**
 * Apache Curator, the recipes of the Java world, and its service discovery, which writes JSON by Jackson. To use more of it, add
 * its package here and its jar below; another list is another folder of the cache, so nothing old is in the way.
 */
export const curatorPackages = [
  "libcurator-recipes-java",
  "libcurator-framework-java",
  "libcurator-client-java",
  "libcurator-discovery-java",
];
const besides = [
  "libguava-java",
  "libjackson2-core-java",
  "libjackson2-databind-java",
  "libjackson2-annotations-java",
  "libeclipse-jdt-core-java",
];
const curatorJars = [
  "curator-recipes",
  "curator-framework",
  "curator-client",
  "curator-x-discovery",
  "guava",
  "jackson-core",
  "jackson-databind",
  "jackson-annotations",
];

/** Eclipse's compiler is a tenth of a JDK, and all that is wanted besides a Java runtime. */
const compilerJar = "eclipse-jdt-core";

const bundle: Bundle = {
  name: "curator",
  choices: [[...curatorPackages, ...besides]],
  async prove(root) {
    const absent = [...curatorJars, compilerJar].map((name) => jarIn(root, name)).filter((jar) => !existsSync(jar));
    if (absent.length > 0) throw new Error(`the Curator packages do not hold ${absent.join(", ")}`);
  },
};

/** Always from packages, so that what is tested with does not depend on the machine; the Java that runs it may be the machine's. */
export async function findCurator(path: string, packages: PackageStore): Promise<Found<CuratorPrograms>> {
  const zookeeper = await findZooKeeper(path, packages);
  const server = zookeeper.kind === "binaries" ? zookeeper.binaries.jars : [];
  const { java } = await findJava(path, packages);
  const root = await packages.root(bundle);
  const jars = [...curatorJars.map((name) => jarIn(root, name)), ...server];
  return { kind: "binaries", from: "packages", binaries: { java, jars, compiler: jarIn(root, compilerJar) } };
}

const jarIn = (root: string, name: string): string => join(root, "usr/share/java", `${name}.jar`);

/** Compiles a program for any Java from 11 on; gives the class path that it runs with. */
export async function compile(source: string, folder: string, peer: CuratorPrograms): Promise<string> {
  const { java, jars, compiler } = peer;
  const compilerMain = "org.eclipse.jdt.internal.compiler.batch.Main";
  const options = ["-11", "-proc:none", "-nowarn", "-cp", jars.join(":"), "-d", folder];
  await command(java, ["-Xmx256m", "-cp", compiler, compilerMain, ...options, source]);
  return [folder, ...jars].join(":");
}
