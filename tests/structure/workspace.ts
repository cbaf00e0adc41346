import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "./imported.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What an export condition leads to: a file, or further conditions. */
export type Target = string | { readonly [condition: string]: Target };

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: { readonly [door: string]: Target };
  readonly publishConfig?: { readonly exports?: { readonly [door: string]: Target } };
  readonly main?: string;
  readonly module?: string;
  readonly types?: string;
  readonly bin?: { readonly [command: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
}

export interface WorkspacePackage {
  /** The name of its folder below `packages`. */
  readonly folder: string;
  readonly path: string;
  readonly manifest: Manifest;
}

export function packages(): WorkspacePackage[] {
  return readdirSync(join(root, "packages"))
    .map((folder) => ({ folder, path: join(root, "packages", folder) }))
    .filter(({ path }) => existsSync(join(path, "package.json")))
    .map((found) => ({ ...found, manifest: manifestIn(found.path) }));
}

export const published = (): WorkspacePackage[] => packages().filter(({ manifest }) => !manifest.private);

export function manifestIn(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
}

/** All files below a folder that pass, as absolute paths, except of what is installed, built or cached. */
export function filesBelow(path: string, passes: (path: string) => boolean): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) return left.has(entry.name) ? [] : filesBelow(inside, passes);
    return passes(inside) ? [inside] : [];
  });
}

const left = new Set(["node_modules", "dist", ".cache", ".git"]);

/** The TypeScript files below a folder of the workspace, with their paths as seen from its root. */
export function sourcesBelow(folder: string): SourceFile[] {
  return filesBelow(join(root, folder), (path) => /\.[mc]?tsx?$/.test(path)).map((path) => ({
    path: relative(root, path),
    text: readFileSync(path, "utf8"),
  }));
}

/** Every file that a target leads to, whatever the condition. */
export function filesOf(target: Target): string[] {
  return typeof target === "string" ? [target] : Object.values(target).flatMap(filesOf);
}
