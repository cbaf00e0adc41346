import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import type { Mutant } from "./mutant.ts";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

/** Puts the mutant in the place of the source that it breaks; one that fits nowhere, or twice, is out of date. */
export function mutation({ file, from, to }: Mutant): Plugin {
  const path = join(packages, file);
  return {
    name: "mutation",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        const source = await readFile(path, "utf8");
        if (source.split(from).length !== 2)
          throw new Error(`${file} doesn't have exactly one ${JSON.stringify(from)}`);
        return { contents: source.replace(from, () => to), loader: "ts" };
      });
    },
  };
}
