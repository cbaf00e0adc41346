import { join } from "node:path";
import { command } from "./command.ts";
import type { Found, KazooPrograms } from "./found.ts";
import { onPath } from "./on-path.ts";
import type { Bundle, PackageStore } from "./package-store.ts";

/** The ZooKeeper client of the Python world. To use another one, add a file like this, and a line to `peers.ts`. */
export const kazooPackages = ["python3-kazoo"];

const program = "import kazoo.client, kazoo.recipe.lock";

/** Of the packages that it asks for, these are the ones that its threads and its plain connections need. */
const bundleFor = (python: string): Bundle => ({
  name: "kazoo",
  choices: [[...kazooPackages, "python3-pure-sasl", "python3-six"]],
  prove: (root) => command(python, ["-c", program], { env: { PYTHONPATH: modulesIn(root) } }),
});

/** Python itself comes from the machine: it is more than a package. */
export async function findKazoo(path: string, packages: PackageStore): Promise<Found<KazooPrograms>> {
  const python = onPath("python3", path);
  if (python === undefined) throw new Error("there is no python3 on the PATH");
  const modules = modulesIn(await packages.root(bundleFor(python)));
  return { kind: "binaries", from: "packages", binaries: { python, modules } };
}

const modulesIn = (root: string): string => join(root, "usr/lib/python3/dist-packages");
