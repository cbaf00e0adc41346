import { connect } from "@coord/core";
import { Discovery, type Registration } from "@coord/discovery";
import { registerCoordResolver } from "@coord/discovery/grpc";
import { memory } from "@coord/memory";
import { experimental } from "@grpc/grpc-js";
import { expect, type TestContext, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";

/** A resolver as a channel has it, and all that it tells: the ports, in the order of their ids. */
async function resolving({ onTestFinished }: TestContext) {
  const coord = await connect(memory());
  onTestFinished(() => coord.close());
  const discovery = new Discovery(coord);
  registerCoordResolver(discovery);
  const told: string[] = [];
  const listener: experimental.ResolverListener = (endpoints) => {
    told.push(
      endpoints.ok
        ? endpoints.value
            .flatMap(({ addresses }) => addresses.map((each) => ("port" in each ? each.port : "no port")))
            .join(" ")
        : endpoints.error.details,
    );
    return true;
  };
  const resolver = experimental.createResolver({ scheme: "coord", path: "orders" }, listener, {});
  onTestFinished(() => resolver.destroy());
  const register = (port: number): Promise<Registration> =>
    discovery.register({ name: "orders", address: "10.0.0.7", port });
  return { coord, discovery, resolver, told, register };
}

/** All that promises alone can bring about. */
async function promisesSettled(): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) await Promise.resolve();
}

test("tells its channel from a turn of its own, never while it is asked or a view changes", async (context) => {
  const { discovery, resolver, told, register } = await resolving(context);
  await register(1);
  const service = discovery.service("orders");
  await service.ready();
  resolver.updateResolution();
  await promisesSettled();
  expect(told).toEqual([]);
  await eventually("the first list", () => told.length === 1);
  resolver.updateResolution();
  await promisesSettled();
  expect(told).toEqual(["1"]);
  await eventually("the same once more, as it was asked", () => told.length === 2);
});

test("tells those that can be called, and nothing that changes nothing for it", async (context) => {
  const { resolver, told, register, coord } = await resolving(context);
  resolver.updateResolution();
  await eventually("that there is none", () => told.length === 1);
  const [one, two] = [await register(1), await register(2)];
  await eventually("both", () => told.at(-1) === "1 2");
  const before = told.length;
  await one.update({ weight: 2, status: "warning" });
  await two.update({ status: "draining" });
  await eventually("only one", () => told.at(-1) === "1");
  expect(told.length).toBe(before + 1);
  await coord.close();
  await eventually("the end", () => told.at(-1) === "The client of the store was closed.");
  resolver.destroy();
});
