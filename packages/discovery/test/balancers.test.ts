import { beforeAll, describe, expect, test } from "vitest";
import type { Among, BalancerName } from "../src/balancer.ts";
import { Sticky } from "../src/balancers/sticky.ts";
import { loadHash } from "../src/hashing.ts";
import { Pool } from "../src/pool.ts";
import { balancer, counted, endpointsOf, HandRuntime } from "./pools.ts";

beforeAll(() => loadHash());

const four = () => endpointsOf({ a: 1, b: 1, c: 1, d: 1 });
const keys = (index: number) => `user-${index}`;

/** Three standard deviations of a binomial of these draws. */
function near(count: number, share: number, draws: number): boolean {
  return Math.abs(count - share * draws) < 3 * Math.sqrt(draws * share * (1 - share)) + 1;
}

describe("load is spread", () => {
  test.each(["round-robin", "weighted-round-robin"] as const)("%s: exactly alike", (name) => {
    expect(counted(balancer(name), four(), 400)).toEqual({ a: 100, b: 100, c: 100, d: 100 });
  });

  test.each(["random", "least-request", "peak-ewma", "rendezvous"] as const)("%s: alike, by chance", (name) => {
    const counts = counted(balancer(name), four(), 40_000, name === "rendezvous" ? keys : undefined);
    for (const count of Object.values(counts)) expect(near(count, 0.25, 40_000), `${count}`).toBe(true);
  });

  test.each(["random", "rendezvous"] as const)("%s: by weight", (name) => {
    const counts = counted(balancer(name), endpointsOf({ a: 1, b: 3, c: 6 }), 30_000, keys);
    for (const [id, share] of Object.entries({ a: 0.1, b: 0.3, c: 0.6 }))
      expect(near(counts[id] ?? 0, share, 30_000), `${id} ${counts[id]}`).toBe(true);
  });

  test("weighted round robin: by weight, spread evenly as nginx does", () => {
    const among = endpointsOf({ a: 5, b: 1, c: 1 });
    const smooth = balancer("weighted-round-robin");
    expect(Array.from({ length: 14 }, () => smooth.pick(among, undefined).instance.id).join("")).toBe("aabacaaaabacaa");
  });

  test("round robin: whatever the weights", () => {
    expect(counted(balancer("round-robin"), endpointsOf({ a: 9, b: 1 }), 100)).toEqual({ a: 50, b: 50 });
  });

  test("least request: calls under way are spread by weight", () => {
    const among = endpointsOf({ a: 1, b: 3 });
    const least = balancer("least-request");
    for (let count = 0; count < 400; count += 1) least.pick(among, undefined).inFlight += 1;
    expect(among[1]?.inFlight).toBeGreaterThan(290);
    expect(among[1]?.inFlight).toBeLessThan(310);
  });

  test.each([
    "round-robin",
    "random",
    "weighted-round-robin",
    "least-request",
    "peak-ewma",
    "rendezvous",
    "sticky",
  ] as const)("%s: one alone is always picked", (name) => {
    expect(counted(balancer(name), endpointsOf({ a: 2 }), 5, keys)).toEqual({ a: 5 });
  });
});

describe("power of two choices", () => {
  test("keeps the most loaded near the average, where chance alone does not", () => {
    const load = (name: BalancerName) => {
      const among = endpointsOf(Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`i${index}`, 1])));
      const chosen = balancer(name);
      for (let count = 0; count < 10_000; count += 1) chosen.pick(among, undefined).inFlight += 1;
      return Math.max(...among.map(({ inFlight }) => inFlight));
    };
    expect(load("least-request")).toBeLessThanOrEqual(105);
    expect(load("random")).toBeGreaterThan(115);
  });
});

describe("rendezvous", () => {
  const many = (count: number) =>
    endpointsOf(Object.fromEntries(Array.from({ length: count }, (_, index) => [`i${index}`, 1])));
  const owners = (among: Among) =>
    Array.from({ length: 10_000 }, (_, index) => balancer("rendezvous").pick(among, keys(index)).instance.id);

  test("when one leaves only its keys move, and to all others alike; they come back with it", () => {
    const all = many(10);
    const before = owners(all);
    const rest = all.filter(({ instance }) => instance.id !== "i3") as unknown as Among;
    const after = owners(rest);
    const moved = before.flatMap((owner, index) => (owner === after[index] ? [] : [{ from: owner, to: after[index] }]));
    expect(moved.every(({ from }) => from === "i3")).toBe(true);
    expect(near(moved.length, 0.1, 10_000)).toBe(true);
    for (const { instance } of rest) {
      const got = moved.filter(({ to }) => to === instance.id).length;
      expect(near(got, 1 / 9, moved.length), `${instance.id} got ${got}`).toBe(true);
    }
    expect(owners(all)).toEqual(before);
  });

  test("every client sends a key to the same instance, in whatever order it knows them", () => {
    const all = many(20);
    expect(owners([...all].reverse() as unknown as Among)).toEqual(owners(all));
  });

  test("a weight that is raised takes keys from the others, and moves none between them", () => {
    const before = owners(endpointsOf({ a: 1, b: 1, c: 1 }));
    const after = owners(endpointsOf({ a: 1, b: 1, c: 2 }));
    expect(before.every((owner, index) => owner === after[index] || after[index] === "c")).toBe(true);
  });
});

describe("sticky", () => {
  test("a key stays while its instance is there, and then with another one", () => {
    const among = four();
    const sticky = balancer("sticky");
    const first = sticky.pick(among, "user").instance.id;
    expect(counted(sticky, among, 50, () => "user")[first]).toBe(50);
    const rest = among.filter(({ instance }) => instance.id !== first) as unknown as Among;
    const second = sticky.pick(rest, "user").instance.id;
    expect(second).not.toBe(first);
    expect(counted(sticky, among, 50, () => "user")[second]).toBe(50);
  });

  test("a call that is tried elsewhere changes nothing for its key", () => {
    const pool = new Pool(new HandRuntime(), "orders", { balancer: "sticky" }, "me");
    pool.replace(four().map(({ instance }) => instance));
    const first = pool.pick("user", undefined).instance.id;
    expect(pool.pick("user", new Set([first])).instance.id).not.toBe(first);
    expect(pool.pick("user", undefined).instance.id).toBe(first);
  });

  test("keys are spread by the balancer behind it, and what is long unused is forgotten", () => {
    const runtime = new HandRuntime();
    const sticky = new Sticky(balancer("random", runtime));
    const counts = counted(sticky, four(), 40_000, keys);
    for (const count of Object.values(counts)) expect(near(count, 0.25, 40_000)).toBe(true);
  });
});
