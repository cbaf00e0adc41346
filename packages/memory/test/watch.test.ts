import { systemRuntime } from "@coord/core/spi";
import { expect, test } from "vitest";
import { directLink, type Link, LinkError, MemoryServer, memory } from "../src/index.ts";

test("a watch whose connections failed while it began asks no more often than its heartbeat", async () => {
  const server = new MemoryServer();
  let refusals = 3;
  let pings = 0;
  const link = (): Link => {
    const direct = directLink(server, systemRuntime);
    return {
      open(receive) {
        const road = direct.open(receive);
        return {
          close: () => road.close(),
          exchange: async (request) => {
            if (request.verb === "ping") pings += 1;
            refusals -= 1;
            if (refusals >= 0) throw new LinkError("no");
            return road.exchange(request);
          },
        };
      },
    };
  };
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const store = await memory({ link }).open({ runtime: systemRuntime, logger: quiet, namespace: "" });
  const watch = store.watch({ key: "k" })[Symbol.asyncIterator]();
  expect((await watch.next()).value).toMatchObject({ stale: false });
  const untilMs = performance.now() + 500;
  while (performance.now() < untilMs) await new Promise(setImmediate);
  expect(pings).toBeLessThanOrEqual(1);
  await watch.return?.();
  await store.close();
});
