import { describe, expect, inject, test } from "vitest";
import { mutation } from "../mutation/mutation.ts";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { chaos, courseOf, limitMs } from "./chaos.ts";
import { onlyCutOff } from "./faults.ts";

const binaries = binariesOf(inject("servers").etcd);

/** A client that believes its hold until the server says otherwise, as many do. */
const credulous = mutation({
  name: "the deadline never passes",
  file: "core/src/deadline.ts",
  from: "this.#runtime.now() >= this.#atMs",
  to: "this.#runtime.now() >= this.#atMs + 1e9",
});

describe.skipIf(binaries === undefined)("the chaos itself", () => {
  test("finds out a client whose holds don't end at their deadline", { timeout: limitMs }, async () => {
    if (!binaries) return;
    await using cluster = await startEtcd({ binaries });
    const broken = { name: "chaos-credulous", plugin: credulous };
    const result = await chaos({ store: "etcd", cluster, ttlMs: 3_000, broken }, onlyCutOff);
    const rules = new Set(result.violations.map(({ rule }) => rule));
    expect(rules, courseOf(result).verdict).toContain("overlap");
  });
});
