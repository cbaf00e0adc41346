import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { mutation } from "./mutation.ts";
import { type Errand, type Verdict, worded } from "./verdict.ts";

const hunt = fileURLToPath(new URL("hunt.ts", import.meta.url));
const run = promisify(execFile);

/**
 * What caught each mutant the last time. It is tried first: where it still does, the long hunt is spared. A mutant
 * that is caught otherwise by now, or is new, is hunted in full; with COORD_REMEMBER=1 the file is written anew.
 */
const memory = new URL("verdicts.json", import.meta.url);
const remembered = new Map<string, Verdict>(Object.entries(JSON.parse(await readFile(memory, "utf8"))));
const caught = new Map<string, Verdict>();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "coord-mutation-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  if (process.env.COORD_REMEMBER) await writeDown();
});

async function writeDown(): Promise<void> {
  const inOrder = mutants.map(({ name }) => [name, caught.get(name) ?? remembered.get(name)]);
  await writeFile(memory, `${JSON.stringify(Object.fromEntries(inOrder), null, 2)}\n`);
}

/** By what the kit catches the mutant, or, without one, finds fault with the sound source; `null` if by nothing. */
async function caughtBy(mutant: Mutant | undefined, name: string, errand: Errand): Promise<Verdict | null> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [hunt],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@coord/source"],
    external: ["@coord/etcd", "@coord/zookeeper", "@coord/local"], // would be loaded for their URLs, which the hunt doesn't use
    logLevel: "silent",
    plugins: mutant ? [mutation(mutant)] : [],
  });
  const { stdout } = await run(process.execPath, [outfile, JSON.stringify(errand)], { timeout: 280_000 });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
}

describe.concurrent("the kit catches", { timeout: 300_000 }, () => {
  test.each(mutants.map((mutant, index) => [mutant.name, mutant, index] as const))(
    "%s",
    async (name, mutant, index) => {
      const known = remembered.get(name);
      const verdict = await caughtBy(mutant, `mutant-${index}`, { first: known ? [known] : [], only: false });
      if (!verdict) expect.fail(`survived: ${mutant.file}: ${mutant.from} → ${mutant.to}`);
      caught.set(name, verdict);
      console.log(`${name}: ${worded(verdict)}`);
    },
  );
});

test("what catches a mutant finds no fault with the sound source", { timeout: 300_000 }, async () => {
  expect(caught.size).toBeGreaterThan(0);
  expect(await caughtBy(undefined, "sound", { first: [...caught.values()], only: true })).toBe(null);
});

test("no two mutants share a name", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});
