import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { starts, stores } from "./servers.ts";

const many = 1_000;

for (const store of stores) {
  const start = starts[store];
  describe.skipIf(!start)(`${many} instances of one process on ${store}`, () => {
    test("register in one go, are all seen, and a change of one reaches fifty views", async () => {
      if (!start) return;
      const cluster = await start();
      onTestFinished(() => cluster[Symbol.asyncDispose]());
      const [a, b] = await Promise.all([connect(cluster.url), connect(cluster.url)]);
      const services = Array.from({ length: 50 }, () => new Discovery(b).service("orders"));
      await Promise.all(services.map((service) => service.ready({ min: 0, waitMs: 10_000 })));
      const discovery = new Discovery(a);
      const startMs = performance.now();
      const all = await Promise.all(
        Array.from({ length: many }, (_, index) =>
          discovery.register({ name: "orders", address: "10.0.0.7", port: index + 1 }),
        ),
      );
      const registeredMs = performance.now() - startMs;
      await eventually("all to be seen", () => services.every(({ current }) => current?.instances.length === many), {
        within: 60_000,
      });
      const seenMs = performance.now() - startMs;

      const received = async () => {
        if (store !== "zookeeper") return undefined;
        return Number(/Received: (\d+)/.exec(await fourLetterWord(cluster.node.endpoint, "srvr"))?.[1]);
      };
      const before = await received();
      await all[500]?.update({ weight: 7 });
      const has = ({ current }: (typeof services)[number]) => current?.instances.some(({ weight }) => weight === 7);
      await eventually("the change to be seen", () => services.every(has));
      const requests = ((await received()) ?? 0) - (before ?? 0);
      expect(requests, "requests for one change: the list was read again").toBeLessThan(50);

      const closingMs = performance.now();
      await a.close();
      await eventually(
        "all to be gone, or kept",
        () => services[0]?.current?.instances.every(({ kept }) => kept) ?? false,
      );
      console.log(
        `${store}: ${many} registered in ${Math.round(registeredMs)} ms, seen after ${Math.round(seenMs)} ms, gone ${Math.round(performance.now() - closingMs)} ms after close()${store === "zookeeper" ? `, ${requests} requests for one change` : ""}`,
      );
      expect(registeredMs).toBeLessThan(30_000);
      await b.close();
    });
  });
}
