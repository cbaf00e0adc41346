import { defineConfig, type Options } from "tsup";

/** One build for every package: ESM and CJS with shared chunks, so that all doors of a package share one copy of each class. */
export const library = (options: Options) =>
  defineConfig({
    format: ["esm", "cjs"],
    target: "node20",
    splitting: true,
    clean: true,
    treeshake: true,
    dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
    ...options,
  });
