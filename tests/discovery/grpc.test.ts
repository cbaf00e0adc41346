import { setTimeout as pause } from "node:timers/promises";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { registerCoordResolver } from "@coord/discovery/grpc";
import { credentials, makeClientConstructor } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { Fleet } from "./fleet.ts";
import { Load } from "./load.ts";
import { echo } from "./programs/echo.ts";
import { starts } from "./servers.ts";

const workers = 16;
const start = starts.etcd;

/** UNAVAILABLE means that nobody has taken the call up, or that it may be made again. */
const retrying = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{ service: "Orders" }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.02s",
        maxBackoff: "0.2s",
        backoffMultiplier: 2,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
  ],
};

describe.skipIf(!start)("a gRPC service in processes of its own, called by name", () => {
  test("calls while instances come, drain and are killed, and the store is away", async ({ onTestFinished }) => {
    if (!start) return;
    const cluster = await start();
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const fleet = await Fleet.of("etcd", cluster.url, "grpc");
    onTestFinished(() => fleet[Symbol.dispose]());
    const [a, b] = await fleet.many(3);
    const coord = await connect(cluster.url, { session: { ttlMs: 5_000 } });
    const discovery = new Discovery(coord);
    registerCoordResolver(discovery, { serviceConfig: retrying });
    const Orders = makeClientConstructor(echo, "Orders");
    const client = new Orders("coord:orders", credentials.createInsecure());
    const call = () =>
      new Promise<string>((resolve, reject) => {
        client.echo?.("who?", (error: Error | null, answer: string) => (error ? reject(error) : resolve(answer)));
      });
    const service = discovery.service("orders");
    await service.ready({ min: 3, waitMs: 10_000 });
    const load = new Load(workers, call);
    const d = await fleet.add();
    await load.untilAnswers(d.id);
    await a?.drain();
    await d.drain();
    const e = await fleet.add();
    await load.untilAnswers(e.id);
    expect(load.failures).toEqual([]);
    b?.kill();
    await eventually("the killed one to be gone", () => !service.current?.instances.some(({ id }) => id === b?.id), {
      within: 20_000,
    });
    expect(load.failures.length, load.failures[0]).toBeLessThanOrEqual(workers); // calls that it had begun on
    const lost = load.failures.length;
    await cluster.node.kill();
    await pause(8_000);
    expect(service.current?.stale).toBe(true);
    await cluster.node.start();
    await eventually(
      "the view to be fresh, and complete",
      () => service.current?.stale === false && service.current.instances.length === 2,
      { within: 30_000 },
    );
    await eventually("more calls", () => load.calls > 5_000, { within: 60_000 });
    await load.stop();
    expect(fleet.crashes).toEqual([]);
    expect(load.failures.length - lost, load.failures.at(-1)).toBe(0);
    console.log(`${load.calls} calls, ${lost} lost with the one that was killed`);
    client.close();
    await coord.close();
  });
});
