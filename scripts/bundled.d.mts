import type { Plugin } from "esbuild";

export function bundlePrograms(programs: readonly string[], folder: string, plugins?: readonly Plugin[]): Promise<void>;
