import { existsSync } from "node:fs";
import { readdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { command } from "./command.ts";

/** Unpacks Debian packages under a folder as if it were the root of a system. No script of a package runs. */
export async function unpack(packages: readonly string[], root: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const file of packages) await command("dpkg", ["-x", file, root], { env });
  await relink(root);
}

/**
 * Packages link by absolute path into places the system would have (Java's settings are links into /etc). Where the
 * target was unpacked too, the link is made relative, so it leads there wherever the folder is, or is moved to.
 */
async function relink(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = await readlink(link);
    if (!isAbsolute(target) || !existsSync(join(root, target))) continue;
    await rm(link);
    await symlink(relative(dirname(link), join(root, target)), link);
  }
}
