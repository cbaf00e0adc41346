import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mutant, mutants } from "./mutants.ts";

const packages = fileURLToPath(new URL("../../packages/", import.meta.url));
const hunt = fileURLToPath(new URL("hunt.ts", import.meta.url));
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coord-mutation-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Puts the mutant in the place of the source that it breaks; one that fits nowhere, or twice, is out of date. */
function mutation({ file, from, to }: Mutant): Plugin {
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

/** By which case or seed the kit catches the mutant; without one, whether it finds fault with the sound source. */
async function caughtBy(mutant: Mutant | undefined, name: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [hunt],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    logLevel: "silent",
    plugins: mutant ? [mutation(mutant)] : [],
  });
  const { stdout } = await run(process.execPath, [outfile, mutant?.file.split("/")[0] ?? ""], { timeout: 280_000 });
  return stdout.trim().split("\n").at(-1) ?? "";
}

describe.concurrent("the kit catches", { timeout: 300_000 }, () => {
  test.each(mutants.map((mutant, index) => [mutant.name, mutant, index] as const))("%s", async (_, mutant, index) => {
    const verdict = await caughtBy(mutant, `mutant-${index}`);
    expect(verdict, `${mutant.file}: ${mutant.from} → ${mutant.to}`).toMatch(/^(rule|case|seed|uncaught|unhandled) /);
    console.log(`${mutant.name}: ${verdict}`);
  });
});

test("the kit finds no fault with the sound source", { timeout: 300_000 }, async () => {
  expect(await caughtBy(undefined, "sound")).toBe("survived");
});
