import { CoordError } from "@coord/core";
import { CountBreaker } from "cockatiel";
import { beforeAll, describe, expect, test } from "vitest";
import type { Balancer } from "../src/balancer.ts";
import { loadHash } from "../src/hashing.ts";
import { Instance, type InstanceStatus } from "../src/instance.ts";
import { Ejection } from "../src/modifiers/ejection.ts";
import { subsetOf } from "../src/modifiers/subset.ts";
import { type PickingOptions, Pool } from "../src/pool.ts";
import { endpointsOf, HandRuntime, instanceOf } from "./pools.ts";

beforeAll(() => loadHash());

const ids = (count: number) => Array.from({ length: count }, (_, index) => `i${String(index).padStart(3, "0")}`);

function poolOf(instances: readonly string[], options: PickingOptions = {}, runtime = new HandRuntime()) {
  const pool = new Pool(runtime, "orders", options, "me");
  pool.replace(instances.map((id) => instanceOf(id)));
  return { pool, runtime };
}

const withStatus = (instance: Instance, status: InstanceStatus) =>
  new Instance(instance.service, instance.id, { ...instance, status });

const share = (pool: Pool, id: string, count = 10_000) => {
  let picked = 0;
  for (let each = 0; each < count; each += 1) if (pool.pick(undefined, undefined).instance.id === id) picked += 1;
  return picked / count;
};

describe("slow start", () => {
  test.each(["random", "round-robin", "weighted-round-robin", "rendezvous"] as const)(
    "%s: one that appears gets a tenth of its load and then more and more",
    (balancer) => {
      const { pool, runtime } = poolOf(["a", "b", "c"], { balancer, slowStartMs: 10_000 });
      const instances = ["a", "b", "c", "d"].map((id) => instanceOf(id));
      runtime.nowMs = 5_000;
      pool.replace(instances);
      const shares = [0, 2_500, 5_000, 7_500, 10_000].map((afterMs) => {
        runtime.nowMs = 5_000 + afterMs;
        return share(pool, "d");
      });
      for (const [index, ramp] of [0.1, 0.25, 0.5, 0.75, 1].entries())
        expect(shares[index]).toBeCloseTo(ramp / (3 + ramp), 1.5);
      expect(shares).toEqual([...shares].sort((x, y) => x - y));
      expect(shares[0]).toBeLessThan(0.05);
    },
  );

  test("those that were there when the view began get their load at once", () => {
    const { pool } = poolOf(["a", "b"], { balancer: "random", slowStartMs: 10_000 });
    expect(share(pool, "a")).toBeGreaterThan(0.48);
  });
});

describe("subset", () => {
  const all = endpointsOf(Object.fromEntries(ids(100).map((id) => [id, 1])));
  const idsOf = (client: string, among = all as readonly (typeof all)[number][]) =>
    subsetOf(among, { size: 10 }, client).map(({ instance }) => instance.id);

  test("is always the same for one client, and another one for another", () => {
    expect(idsOf("a")).toEqual(idsOf("a"));
    expect(idsOf("a")).toHaveLength(10);
    expect(idsOf("a")).not.toEqual(idsOf("b"));
  });

  test("changes by one when one of it leaves, and not at all when another does", () => {
    const [gone = "", ...stay] = idsOf("a");
    const after = idsOf(
      "a",
      all.filter(({ instance }) => instance.id !== gone),
    );
    expect(stay.every((id) => after.includes(id))).toBe(true);
    const outside = ids(100).find((id) => !idsOf("a").includes(id));
    expect(
      idsOf(
        "a",
        all.filter(({ instance }) => instance.id !== outside),
      ),
    ).toEqual(idsOf("a"));
  });

  test("over many clients every instance has about as many", () => {
    const counts = new Map<string, number>();
    for (let client = 0; client < 2_000; client += 1)
      for (const id of idsOf(`client-${client}`)) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(Math.min(...counts.values())).toBeGreaterThan(140);
    expect(Math.max(...counts.values())).toBeLessThan(260);
  });

  test("no more than that are picked", () => {
    const { pool } = poolOf(ids(100), { balancer: "random", subset: { size: 7 } });
    expect(pool.size).toBe(7);
    expect(() => poolOf(["a"], { subset: { size: 0 } })).toThrow(/subset.size/);
  });
});

describe("zone", () => {
  const zoned = (here: number, there: number, critical = 0) => {
    const runtime = new HandRuntime();
    const pool = new Pool(runtime, "orders", { balancer: "random", zone: "here" }, "me");
    const make = (zone: string, count: number) => ids(count).map((id) => instanceOf(`${zone}-${id}`, { zone }));
    const instances = [...make("here", here), ...make("there", there)];
    const ill = instances
      .slice(0, critical)
      .map((each) => Object.freeze({ ...each, url: each.url, status: "critical" as const }));
    pool.replace([...(ill as typeof instances), ...instances.slice(critical)]);
    let local = 0;
    for (let count = 0; count < 10_000; count += 1)
      if (pool.pick(undefined, undefined).instance.zone === "here") local += 1;
    return local / 10_000;
  };

  test.each([
    [10, 10, 0, 1],
    [10, 10, 3, 1],
    [10, 10, 4, 0.6 / 0.7],
    [10, 10, 8, 0.2 / 0.7],
    [10, 10, 10, 0],
    [0, 10, 0, 0],
    [10, 0, 8, 1],
  ])("of %i here and %i there, %i here ill: %f of the calls stay", (here, there, critical, expected) => {
    expect(zoned(here, there, critical)).toBeCloseTo(expected, 1.5);
  });

  test("each zone has a balancer of its own, which alone is told how the calls that it placed went", () => {
    const told: string[][] = [];
    const balancer = (): Balancer => {
      const answers: string[] = [];
      told.push(answers);
      return {
        pick: ([first]) => first,
        answered: ({ instance }, latencyMs) => answers.push(`${instance.id} ${latencyMs}`),
      };
    };
    const pool = new Pool(new HandRuntime(), "orders", { balancer, zone: "here" }, "me");
    pool.replace([instanceOf("a", { zone: "here" }), instanceOf("b", { zone: "there" }), instanceOf("c")]);
    pool.succeeded(pool.pick(undefined, undefined), 1);
    pool.failed(pool.pick(undefined, new Set(["a"])), 2);
    pool.succeeded(pool.pick(undefined, new Set(["a", "b"])), 3);
    expect(told).toEqual([["a 1"], ["b 2", "c 3"]]);
  });
});

describe("ejection", () => {
  const a = new Set(["a"]);

  test("never leaves alone more than its cap, whatever fails, and lets all return in time", () => {
    for (const [count, cap] of [
      [10, 5],
      [3, 1],
      [1, 0],
      [2, 1],
    ] as const) {
      const { pool, runtime } = poolOf(ids(count), { balancer: "random", ejection: { failures: 3, forMs: 1_000 } });
      for (let call = 0; call < 2_000; call += 1) {
        const endpoint = pool.pick(undefined, undefined);
        pool.failed(endpoint, 1);
        expect(count - pool.size).toBeLessThanOrEqual(cap);
        runtime.nowMs += 1;
      }
      expect(count - pool.size).toBe(cap);
      runtime.nowMs += 60_000;
      expect(pool.size).toBe(count);
    }
  });

  test("stays away longer each time, up to ten times as long, and is forgiven when it answers", () => {
    const ejection = new Ejection({ failures: 1, forMs: 100, maxShare: 1 });
    let nowMs = 0;
    const awayMs: number[] = [];
    for (let times = 0; times < 12; times += 1) {
      expect(ejection.failed("a", nowMs, a)).toBe(true);
      awayMs.push(ejection.nextReturnMs - nowMs);
      nowMs = ejection.nextReturnMs;
      expect(ejection.letReturn(nowMs)).toBe(true);
    }
    expect(awayMs).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_000, 1_000]);
    ejection.succeeded("a");
    ejection.failed("a", nowMs, a);
    expect(ejection.nextReturnMs - nowMs).toBe(100);
  });

  test("a success in between begins the count anew", () => {
    const ejection = new Ejection({ failures: 3, maxShare: 1 });
    for (let round = 0; round < 5; round += 1) {
      expect(ejection.failed("a", 0, a)).toBe(false);
      expect(ejection.failed("a", 0, a)).toBe(false);
      ejection.succeeded("a");
    }
    expect(ejection.isEjected("a")).toBe(false);
  });

  test("when instances leave, the cap holds for those that are left", () => {
    const { pool } = poolOf(ids(10), { ejection: { failures: 1, forMs: 1_000 } });
    for (let call = 0; call < 5; call += 1) pool.failed(pool.pick(undefined, undefined), 1);
    expect(pool.size).toBe(5);
    pool.replace(ids(2).map((id) => instanceOf(id)));
    expect(pool.size).toBeGreaterThanOrEqual(1);
  });

  test("the cap is a share of those that could be called: they pass the filter, and are neither draining nor critical", () => {
    const pool = new Pool(
      new HandRuntime(),
      "orders",
      { balancer: "random", where: ({ version }) => version === "2", ejection: { failures: 1 } },
      "me",
    );
    const old = ids(10).map((id) => instanceOf(`old-${id}`, { version: "1" }));
    const fitting = ids(6).map((id) => instanceOf(`new-${id}`, { version: "2" }));
    pool.replace([...old, ...fitting.slice(0, 4), ...fitting.slice(4).map((each) => withStatus(each, "draining"))]);
    for (let call = 0; call < 100; call += 1) pool.failed(pool.pick(undefined, undefined), 1);
    expect(pool.size).toBe(2);
    const well = new Set(Array.from({ length: 50 }, () => pool.pick(undefined, undefined).instance.id));
    pool.replace(fitting.map((each) => (well.has(each.id) ? withStatus(each, "critical") : each)));
    expect(pool.size).toBeGreaterThanOrEqual(2);
  });

  test("calls to one that has gone say nothing of the one that came after it", () => {
    const { pool } = poolOf(["a", "b", "c"], { balancer: "round-robin", ejection: { failures: 2, maxShare: 1 } });
    const [gone] = Array.from({ length: 3 }, () => pool.pick(undefined, undefined)).filter(
      ({ instance }) => instance.id === "a",
    );
    if (!gone) throw new Error("all are picked in turn");
    pool.replace(["b", "c"].map((id) => instanceOf(id)));
    pool.failed(gone, 1);
    pool.replace(["a", "b", "c"].map((id) => instanceOf(id)));
    pool.failed(gone, 1);
    expect(pool.size).toBe(3);
    const here = Array.from({ length: 3 }, () => pool.pick(undefined, undefined)).find(
      ({ instance }) => instance.id === "a",
    );
    if (!here) throw new Error("all are picked in turn");
    pool.failed(here, 1);
    pool.succeeded(gone, 1);
    pool.failed(here, 1);
    expect(pool.size).toBe(2);
  });

  test("any breaker of cockatiel may judge", () => {
    let made = 0;
    const breaker = () => {
      made += 1;
      return new CountBreaker({ threshold: 0.5, size: 4, minimumNumberOfCalls: 2 });
    };
    const ejection = new Ejection({ breaker, maxShare: 1 });
    const told = Array.from({ length: 4 }, () => ejection.failed("a", 0, a));
    expect(told).toContain(true);
    expect(told[0]).toBe(false);
    expect(made).toBe(1);
  });

  test.each([{ failures: 0 }, { maxShare: 2 }, { forMs: -1 }])("refuses %j", (options) => {
    expect(() => new Ejection(options)).toThrow(CoordError);
  });
});
