import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import { onPath } from "./on-path.ts";
import type { Bundle, PackageStore } from "./package-store.ts";

/**
 * The releases ZooKeeper is used with most come first. The package alone is enough: the libraries a server needs from
 * the system (C, C++, zlib) are ones apt itself needs, the rest are for sound, fonts and printing.
 */
const bundle: Bundle = {
  name: "java",
  choices: [17, 21, 11, 25].map((release) => [`openjdk-${release}-jre-headless`]),
  prove: async (root) => command(await inPackages(root), ["-version"]),
};

export async function findJava(path: string, packages: PackageStore): Promise<{ java: string; fromPath: boolean }> {
  const java = onPath("java", path);
  if (java !== undefined) return { java, fromPath: true };
  return { java: await inPackages(await packages.root(bundle)), fromPath: false };
}

/** Java finds its own home by where its program lies, so it runs from anywhere. */
async function inPackages(root: string): Promise<string> {
  const folder = join(root, "usr/lib/jvm");
  const home = (await readdir(folder, { withFileTypes: true })).find((entry) => entry.isDirectory());
  if (home === undefined) throw new Error(`no Java runtime in ${folder}`);
  return join(folder, home.name, "bin/java");
}
