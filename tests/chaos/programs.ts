import type { Plugin } from "esbuild";
import { bundle } from "../structure/bundle.ts";

export interface BundledPrograms {
  readonly worker: string;
  readonly fencedResource: string;
}

/** The programs as their sources are, or as the plugin makes them. */
export async function chaosPrograms(name: string, plugin?: Plugin): Promise<BundledPrograms> {
  const program = (file: string) =>
    bundle(new URL(`programs/${file}.ts`, import.meta.url), `${name}-${file}`, plugin && [plugin]);
  const [worker, fencedResource] = await Promise.all([program("worker"), program("fenced-resource")]);
  return { worker, fencedResource };
}
