import { setTimeout as pause } from "node:timers/promises";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { coordInterceptor } from "@coord/discovery/undici";
import { Agent, type Dispatcher } from "undici";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { Fleet } from "./fleet.ts";
import { Load } from "./load.ts";
import { outageMs, starts, stores } from "./servers.ts";

const requests = 20_000;
const workers = 16;

describe.concurrent("HTTP servers in processes of their own, called by name through undici", () => {
  for (const store of stores) {
    const start = starts[store];
    test.skipIf(!start)(
      `on ${store}: ${requests} requests while instances come, drain and are killed, and the store is away`,
      async ({ onTestFinished }) => {
        if (!start) return;
        const cluster = await start();
        onTestFinished(() => cluster[Symbol.asyncDispose]());
        const fleet = await Fleet.of(store, cluster.url, "http");
        onTestFinished(() => fleet[Symbol.dispose]());
        const [a, b] = await fleet.many(3);
        const coord = await connect(cluster.url, { session: { ttlMs: 5_000 } });
        const discovery = new Discovery(coord);
        const service = discovery.service("orders");
        await service.ready({ min: 3, waitMs: 10_000 });
        let sent = 0;
        const counting: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
          sent += 1;
          return dispatch(options, handler);
        };
        const agent = new Agent().compose(counting, coordInterceptor(discovery));
        const load = new Load(workers, async () => {
          const response = await fetch("http://orders.coord/v1", { dispatcher: agent as never });
          const { id, host } = (await response.json()) as { id: string; host: string };
          if (host !== "orders.coord") throw new Error(`the host was ${host}`);
          return id;
        });
        const sentAgain = () => sent - load.calls;

        const d = await fleet.add();
        await load.untilAnswers(d.id);
        await a?.drain();
        const e = await fleet.add();
        await load.untilAnswers(e.id);
        await d.drain();
        expect(load.failures).toEqual([]);
        expect(sentAgain(), "sent again for those that drained").toBeLessThanOrEqual(workers);

        const beforeKill = sentAgain();
        b?.kill();
        await eventually(
          "the killed one to be gone",
          () => !service.current?.instances.some(({ id }) => id === b?.id),
          { within: 20_000 },
        );
        expect(load.failures).toEqual([]);
        const forKill = sentAgain() - beforeKill;
        expect(forKill, "sent again for the one that was killed").toBeLessThanOrEqual(3 * workers);
        expect(forKill).toBeGreaterThan(0);

        const before = sentAgain();
        const calls = load.calls;
        await cluster.node.kill();
        await pause(outageMs);
        expect(service.current?.stale).toBe(true);
        expect(load.calls - calls).toBeGreaterThan(outageMs / 20);
        await cluster.node.start();
        await eventually(
          "the view to be fresh, and complete",
          () => service.current?.stale === false && service.current.instances.length === 2,
          { within: 30_000 },
        );
        await eventually("all requests", () => load.calls >= requests, { within: 60_000 });
        await load.stop();
        expect(fleet.crashes).toEqual([]);
        expect(load.failures).toEqual([]);
        expect(sentAgain() - before, "sent again while the store was away").toBeLessThanOrEqual(workers);
        console.log(
          `${store}: ${load.calls} requests, ${forKill} sent again for a kill, ${sentAgain() - forKill} else, none failed`,
        );
        await agent.close();
        await coord.close();
      },
    );
  }
});
