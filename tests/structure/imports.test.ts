import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { wrongsOf, wrongsOfTest } from "./rooms.ts";
import { packages, root, sourcesBelow } from "./workspace.ts";

describe("the sources", () => {
  for (const { folder } of packages()) {
    test(`of ${folder} keep to their room`, () => {
      const sources = sourcesBelow(`packages/${folder}/src`);
      expect(sources.length).toBeGreaterThan(0);
      expect(sources.flatMap(wrongsOf)).toEqual([]);
    });

    if (!existsSync(join(root, "packages", folder, "test"))) continue;
    test(`the tests of ${folder} stay inside`, () => {
      expect(sourcesBelow(`packages/${folder}/test`).flatMap(wrongsOfTest)).toEqual([]);
    });
  }
});

const bad: readonly (readonly [name: string, path: string, text: string, complaint: RegExp])[] = [
  ["a recipe imports a backend", "packages/lock/src/a.ts", 'import { memory } from "@coord/memory";', /recipe/],
  ["a recipe imports a sibling", "packages/election/src/a.ts", 'import { Mutex } from "@coord/lock";', /recipe/],
  ["a recipe re-exports a sibling", "packages/barrier/src/a.ts", 'export { Mutex } from "@coord/lock";', /recipe/],
  ["a recipe takes a type of a backend", "packages/lock/src/a.ts", 'import type { X } from "@coord/etcd";', /recipe/],
  ["a recipe names a type of a backend", "packages/lock/src/a.ts", 'type X = import("@coord/etcd").X;', /recipe/],
  ["a recipe loads a backend", "packages/config/src/a.ts", 'await import("@coord/etcd");', /recipe/],
  ["a recipe requires a backend", "packages/replica/src/a.ts", 'const x = require("@coord/etcd");', /recipe/],
  ["a backend imports a recipe", "packages/etcd/src/a.ts", 'import { Mutex } from "@coord/lock";', /backend/],
  ["a backend imports a backend", "packages/etcd/src/a.ts", 'import { x } from "@coord/memory";', /backend/],
  ["memory imports local", "packages/memory/src/a.ts", 'import { x } from "@coord/local";', /backend/],
  ["a backend imports the kit", "packages/zookeeper/src/a.ts", 'import { x } from "@coord/conformance";', /backend/],
  ["core imports a recipe", "packages/core/src/a.ts", 'import { Mutex } from "@coord/lock";', /core must not/],
  ["core imports a backend", "packages/core/src/connect.ts", 'import { x } from "@coord/memory";', /core must not/],
  ["core loads a backend elsewhere", "packages/core/src/a.ts", 'import("@coord/memory");', /core must not/],
  ["core loads a recipe", "packages/core/src/connect.ts", 'import("@coord/lock");', /core must not/],
  ["core loads what is computed", "packages/core/src/connect.ts", "import(name);", /literally/],
  ["a package imports itself", "packages/lock/src/a.ts", 'import { Mutex } from "@coord/lock";', /own package/],
  ["a package has no rule", "packages/novel/src/a.ts", "export const a = 1;", /neither/],
  ["past the door", "packages/lock/src/a.ts", 'import { x } from "@coord/core/src/line.ts";', /no door/],
  ["into what is built", "packages/conformance/src/a.ts", 'import { x } from "@coord/core/dist/spi.js";', /no door/],
  ["out of the package", "packages/lock/src/a.ts", 'import { x } from "../../core/src/line.ts";', /leads out/],
  ["out of the sources", "packages/lock/src/deep/a.ts", 'import x from "../../package.json";', /leads out/],
  ["p-retry elsewhere", "packages/core/src/a.ts", 'import pRetry from "p-retry";', /belongs/],
  ["etcd3 elsewhere", "packages/conformance/src/a.ts", 'import { Etcd3 } from "etcd3";', /belongs/],
  ["an inner file of etcd3 elsewhere", "packages/core/src/a.ts", 'import { x } from "etcd3/lib/rpc.js";', /belongs/],
  ["zookeeper's client elsewhere", "packages/etcd/src/a.ts", 'import z from "node-zookeeper-client";', /belongs/],
  ["a timer of its own", "packages/core/src/a.ts", "setTimeout(() => {}, 1);", /passed in/],
  ["a timer from Node's module", "packages/lock/src/a.ts", 'import { clearTimeout } from "node:timers";', /passed in/],
  ["a timer promised", "packages/memory/src/a.ts", 'import * as t from "node:timers/promises";', /passed in/],
  ["an interval", "packages/memory/src/a.ts", "const t = globalThis.setInterval(f, 1);", /passed in/],
  ["the wall clock", "packages/lock/src/a.ts", "const t = Date.now();", /passed in/],
  ["the wall clock as a date", "packages/lock/src/a.ts", "const t = new Date();", /passed in/],
  ["the monotonic clock", "packages/core/src/a.ts", "const t = performance.now();", /passed in/],
  ["the old monotonic clock", "packages/core/src/a.ts", "const t = process.hrtime.bigint();", /passed in/],
  ["chance", "packages/memory/src/a.ts", "const x = Math.random();", /passed in/],
  ["unique ids", "packages/memory/src/a.ts", 'import { randomUUID } from "node:crypto";', /passed in/],
  ["AbortSignal.any", "packages/etcd/src/a.ts", "AbortSignal.any([a, b]);", /not to be used/],
  ["AbortSignal.timeout", "packages/conformance/src/a.ts", "AbortSignal.timeout(5);", /not to be used/],
  ["utils", "packages/core/src/utils.ts", "export const a = 1;", /name/],
  ["helpers", "packages/conformance/src/lock/helpers.ts", "export const a = 1;", /name/],
  ["a default export", "packages/core/src/a.ts", "const a = 1; export default a;", /default/],
  ["a default function", "packages/core/src/a.ts", "export default function a() {}", /default/],
  ["a default by another name", "packages/core/src/a.ts", "const a = 1; export { a as default };", /default/],
  ["an index of everything", "packages/core/src/index.ts", 'export * from "./a.ts";', /by name/],
  ["a lock of etcd3", "packages/etcd/src/a.ts", 'import { Lock } from "etcd3";', /Lock of etcd3/],
  [
    "a lease of etcd3 by another name",
    "packages/etcd/src/a.ts",
    'import { Lease as L } from "etcd3";',
    /Lease of etcd3/,
  ],
  ["all of etcd3", "packages/etcd/src/a.ts", 'import * as etcd3 from "etcd3";', /all of it/],
  ["an index of everything in one name", "packages/core/src/index.ts", 'export * as a from "./a.ts";', /by name/],
];

const good: readonly (readonly [name: string, path: string, text: string])[] = [
  ["a recipe imports core", "packages/lock/src/a.ts", 'import { enter } from "@coord/core/recipe";'],
  ["a backend imports core", "packages/etcd/src/a.ts", 'import type { Store } from "@coord/core/spi";'],
  ["local imports memory", "packages/local/src/a.ts", 'import { MemoryServer } from "@coord/memory";'],
  ["connect.ts loads a backend", "packages/core/src/connect.ts", 'const x = () => import("@coord/etcd");'],
  ["the kit sees both sides", "packages/conformance/src/a.ts", 'import "@coord/memory"; import "@coord/lock";'],
  ["p-retry in its place", "packages/core/src/retry.ts", 'import pRetry from "p-retry";'],
  ["etcd3 in its place", "packages/etcd/src/rpc.ts", 'import { Etcd3, type ITxnRequest, KVClient } from "etcd3";'],
  ["the clock in its place", "packages/core/src/runtime.ts", "const t = performance.now();"],
  ["a date of a given time", "packages/lock/src/a.ts", "const t = new Date(ms).toISOString();"],
  [
    "a clock named in a comment",
    "packages/lock/src/a.ts",
    "// not Date.now(), nor AbortSignal.any()\nexport const a = 1;",
  ],
  ["a clock named in a string", "packages/lock/src/a.ts", 'export const a = "Date.now() and export default";'],
  ["a file nearby", "packages/lock/src/deep/a.ts", 'import { b } from "../b.ts";'],
];

describe("the rule", () => {
  test.each(bad)("reports: %s", (_, path, text, complaint) => {
    const wrongs = wrongsOf({ path, text });
    expect(wrongs).toHaveLength(1);
    expect(wrongs[0]).toMatch(complaint);
    expect(wrongs[0]).toContain(path);
  });

  test.each(good)("lets pass: %s", (_, path, text) => {
    expect(wrongsOf({ path, text })).toEqual([]);
  });

  test("reports a test that reaches into another package", () => {
    const from = (specifier: string) => ({
      path: "packages/lock/test/a.ts",
      text: `import { x } from "${specifier}";`,
    });
    expect(wrongsOfTest(from("../../core/src/line.ts"))).toHaveLength(1);
    expect(wrongsOfTest(from("@coord/core/src/line.ts"))).toHaveLength(1);
    expect(wrongsOfTest(from("../src/mutex.ts"))).toEqual([]);
  });
});
