// What somebody reaches who has never seen this repository: an empty folder, what README says to install, and what it says to write.
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { kinds } from "../../cli/stage.ts";
import { blocksOf } from "../documents.ts";
import { run } from "../run.ts";
import { root } from "../workspace.ts";

const readme = { path: "README.md", text: await readFile(join(root, "README.md"), "utf8") };

/** All that README says to install, with what it names behind `#` for other stores. */
const named = readme.text
  .split("\n")
  .filter((line) => line.startsWith("npm install "))
  .flatMap((line) => line.match(/@coord\/\w+|\bzod\b/g) ?? []);

const [first = "", locks = "", others = ""] = blocksOf(readme).map(({ text }) => text);
const programs = [
  { name: "the first program", text: first, says: /^token \d+\n$/ },
  { name: "locks in a minute", text: locks, says: /^only here\ntrue .*reports\/daily/s },
  {
    name: "the others in a minute",
    text: others,
    says: /leading in term \d+ false\n.*\d+ http:\/\/127\.0\.0\.1:8080\/v1 20\n$/s,
  },
] as const;

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "coord-stranger-")));
  const published = Object.fromEntries(inject("packed").map(({ name, tarball }) => [name, `file:${tarball}`]));
  const unnamed = Object.entries(published).filter(([name]) => !named.includes(name));
  // As if all were published: what packages need of each other, and README doesn't name, comes from tarballs too.
  const manifest = { private: true, type: "module", overrides: Object.fromEntries(unnamed) };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const wanted = [...new Set(named)].map((name) => published[name] ?? name);
  const { code, output } = await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...wanted], {
    cwd: folder,
  });
  expect(code, output).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(kinds)("following README on $name", (kind) => {
  if (kind.missing) return test.skip("needs the server");

  test("a stranger reaches a lock, an election, a barrier, discovery and configuration", async () => {
    await using place = await kind.open();
    for (const { name, text, says } of programs) {
      const there = text.replace(/(["'`])(?:file|memory):[^"'`\n]*\1/g, JSON.stringify(place.url));
      expect(there, name).toContain(place.url);
      const { code: program } = await transform(there, { loader: "ts", format: "esm", target: "node20" });
      const file = join(folder, `${name.replaceAll(" ", "-")}.js`);
      await writeFile(file, program);
      const { code, output } = await run(process.execPath, ["--unhandled-rejections=strict", file], {
        cwd: folder,
        limitMs: 30_000,
      });
      expect(output, name).toMatch(says);
      expect(code, name).toBe(0);
    }
  });
});
