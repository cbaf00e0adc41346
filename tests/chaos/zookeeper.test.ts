import { describe, expect, inject, test } from "vitest";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { chaos, courseOf, limitMs } from "./chaos.ts";

const binaries = binariesOf(inject("servers").zookeeper);

describe.skipIf(binaries === undefined)("processes that contend on ZooKeeper, three servers", () => {
  test("whatever strikes them, nobody overlaps, tokens rise, barriers have one verdict, and everybody gets on", {
    timeout: limitMs,
  }, async () => {
    if (!binaries) return;
    await using cluster = await startZooKeeper({ binaries, nodes: 3, tickMs: 200 });
    const result = await chaos({ store: "zookeeper", cluster, ttlMs: 3_000 });
    const course = courseOf(result);
    console.log(
      `ZooKeeper: ${course.grants} grants, ${course.lost} lost, ${course.refusedWrites} late writes refused, ${course.passed} passed a barrier, ${course.broken} broke`,
    );
    expect(result.violations, course.verdict).toEqual([]);
    expect(course.grants).toBeGreaterThan(500);
    expect(course.lost).toBeGreaterThan(0);
    expect(course.passed).toBeGreaterThan(100);
    expect(course.refusedWrites).toBeGreaterThan(0);
  });
});
