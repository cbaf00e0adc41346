import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { describe, expect, inject, test } from "vitest";
import { run } from "../run.ts";
import { manifestIn, root } from "../workspace.ts";

const attw = join(root, "tests/node_modules/.bin/attw");

describe.each(inject("packed").map((packed) => [packed.name, packed] as const))("%s", (_, { tarball, contents }) => {
  test("publint has nothing to say", async () => {
    const packed = await readFile(tarball);
    const bytes = new Uint8Array(packed).buffer;
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    const manifest = { ...manifestIn(contents) };
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  if (Object.keys(manifestIn(contents).exports ?? {}).join() === "./package.json") return; // a command has no types
  test("the types are right for every way to resolve them", async () => {
    const { code, output } = await run(attw, [tarball, "--profile", "node16", "--no-color", "--no-emoji"]);
    expect(code, output).toBe(0);
  });
});
