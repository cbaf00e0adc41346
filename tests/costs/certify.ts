import { Mutex, ReadWriteLock, Semaphore } from "@coord/lock";
import { describe, expect, test } from "vitest";
import { doubleBarrier, type Place, uncontended, wake } from "./costs.ts";

/** What one request in and one request out are on this server. */
export interface StorePrice {
  readonly skipped: boolean;
  readonly in: number;
  readonly out: number;
  /** How often its server tells clients of one who leaves a line in which four of them stand. */
  readonly toldOfOne: number;
  start(): Promise<Place>;
}

/** What the recipes cost a real server, by its own count. */
export function certifyCosts(store: string, price: StorePrice): void {
  describe.skipIf(price.skipped)(`what the recipes ask of ${store}`, { timeout: 120_000 }, () => {
    test("going in is one request and coming out is one, whatever it is", async () => {
      const pair = price.in + price.out;
      const { "two permits": weighted, ...single } = await uncontended(await price.start());
      for (const [name, cost] of Object.entries(single)) expect.soft(cost, name).toBe(pair);
      expect(weighted).toBeLessThanOrEqual(pair + 2);
    });

    test("a party of a double barrier asks as much among sixteen as among four", async () => {
      const place = await price.start();
      const [few, many] = [await doubleBarrier(place, 4), await doubleBarrier(place, 16)];
      expect(many).toBeLessThanOrEqual(1.5 * few);
    });

    test("a mutex that is given back wakes one of two hundred waiters", async () => {
      const place = await price.start();
      const coord = await place.connect();
      const cost = await wake(place, [() => new Mutex(coord, "herd").acquire()], (each) => new Mutex(each, "herd"));
      expect(cost.letIn).toBe(1);
      expect(cost.told).toBeLessThanOrEqual(price.toldOfOne + 2);
      expect(cost.requests).toBeLessThanOrEqual(price.out + 6);
    });

    test("a writer that is done wakes each of two hundred readers once", async () => {
      const place = await price.start();
      const coord = await place.connect();
      const writer = () => new ReadWriteLock(coord, "herd").write.acquire();
      const cost = await wake(place, [writer], (each) => new ReadWriteLock(each, "herd").read);
      expect(cost.letIn).toBe(200);
      expect(cost.told).toBeLessThanOrEqual(200 * price.toldOfOne);
      expect(cost.requests).toBeLessThanOrEqual(price.out + 6 * 200);
    });

    test("a permit that comes back wakes one of two hundred waiters", async () => {
      const place = await price.start();
      const coord = await place.connect();
      const permit = () => new Semaphore(coord, "herd", { permits: 4 }).acquire();
      const waiting = (each: typeof coord) => new Semaphore(each, "herd", { permits: 4 });
      const cost = await wake(place, [permit, permit, permit, permit], waiting);
      expect(cost.letIn).toBe(1);
      expect(cost.told).toBeLessThanOrEqual(price.toldOfOne + 2);
      expect(cost.requests).toBeLessThanOrEqual(price.out + 8);
    });
  });
}
