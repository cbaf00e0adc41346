import { describe, expect, inject, test } from "vitest";
import { startEtcd } from "../testbed/etcd.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { chaos, courseOf, limitMs } from "./chaos.ts";

const binaries = binariesOf(inject("servers").etcd);

describe.skipIf(binaries === undefined)("processes that contend on etcd, three members", () => {
  test("whatever strikes them, nobody overlaps, tokens rise, barriers have one verdict, and everybody gets on", {
    timeout: limitMs,
  }, async () => {
    if (!binaries) return;
    await using cluster = await startEtcd({ binaries, nodes: 3 });
    const result = await chaos({ store: "etcd", cluster, ttlMs: 3_000 });
    const course = courseOf(result);
    console.log(
      `etcd: ${course.grants} grants, ${course.lost} lost, ${course.refusedWrites} late writes refused, ${course.passed} passed a barrier, ${course.broken} broke`,
    );
    expect(result.violations, course.verdict).toEqual([]);
    expect(course.grants).toBeGreaterThan(500);
    expect(course.lost).toBeGreaterThan(0);
    expect(course.passed).toBeGreaterThan(100);
    expect(course.refusedWrites).toBeGreaterThan(0);
  });
});
