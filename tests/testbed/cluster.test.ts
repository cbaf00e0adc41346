import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Cluster } from "./cluster.ts";
import { loopback } from "./endpoint.ts";
import { freePorts } from "./free-ports.ts";
import { isRunning } from "./process-table.ts";
import { dial } from "./proxy/ends.ts";
import type { NodeBlueprint } from "./server-node.ts";

/** A server that does nothing but listen, or whatever else the script says. */
async function listener(
  folder: string,
  name: string,
  port: number,
  more: Partial<NodeBlueprint> = {},
  script?: string,
) {
  const endpoint = { host: loopback, port };
  const home = join(folder, name);
  await mkdir(home);
  const blueprint: NodeBlueprint = {
    name,
    endpoint,
    folder: home,
    program: { file: process.execPath, args: ["-e", script ?? `net.createServer().listen(${port}, "${loopback}")`] },
    ready: async () => (await dial(endpoint))[Symbol.asyncDispose](),
    leads: async () => undefined,
    ...more,
  };
  return blueprint;
}

test("a cluster is drawn up anew when one of its ports was taken meanwhile", async () => {
  const [taken = 0, free = 0] = await freePorts(2);
  const other = createServer().listen(taken, loopback);
  await once(other, "listening");
  const ports = [taken, free];
  await using cluster = await Cluster.start("test", async (folder) => [
    await listener(folder, "n1", ports.shift() ?? 0, { ready: async () => expect(ports).toEqual([]) }),
  ]);
  expect(cluster.url).toBe(`test://127.0.0.1:${free}`);
  other.close();
});

test("a node that can't start ends the start of all, and says what it printed", async () => {
  const [one = 0, two = 0] = await freePorts(2);
  let folder = "";
  const start = Cluster.start("test", async (given) => {
    folder = given;
    return [
      await listener(given, "n1", one),
      await listener(given, "n2", two, {}, "console.log('my disk is full'); process.exitCode = 3"),
    ];
  });
  await expect(start).rejects.toThrow(/n2 ended with code 3\nIts log ends:\nmy disk is full/);
  await expect(dial({ host: loopback, port: one })).rejects.toThrow("ECONNREFUSED");
  expect(existsSync(folder)).toBe(false);
});

test("a program that is not there is named", async () => {
  const [port = 0] = await freePorts(1);
  const start = Cluster.start("test", async (folder) => [
    await listener(folder, "n1", port, { program: { file: "/no/such/server", args: [] } }),
  ]);
  await expect(start).rejects.toThrow("/no/such/server");
});

test("of several nodes that say they lead, the one with the latest term does", async () => {
  const ports = await freePorts(3);
  const terms = [7n, 9n, undefined];
  await using cluster = await Cluster.start("test", (folder) =>
    Promise.all(ports.map((port, i) => listener(folder, `n${i}`, port, { leads: async () => terms[i] }))),
  );
  expect((await cluster.leader()).name).toBe("n1");
  await cluster.nodes[1]?.stop();
  expect((await cluster.leader()).name).toBe("n0");
  await cluster.nodes[0]?.kill();
  await expect(cluster.leader({ within: 100 })).rejects.toThrow("none of n2 says it leads");
  cluster.nodes[1]?.continue();
  expect((await cluster.leader()).name).toBe("n1");
});

test("what a node can't do in its state is an error", async () => {
  const [port = 0] = await freePorts(1);
  await using cluster = await Cluster.start("test", async (folder) => [await listener(folder, "n1", port)]);
  const { node } = cluster;
  const { pid = 0 } = node;
  await expect(node.start()).rejects.toThrow("n1 runs already");
  await node.kill();
  expect(isRunning(pid)).toBe(false);
  await node.kill();
  await expect(node.stop()).rejects.toThrow("n1 does not run");
  expect(() => node.continue()).toThrow("n1 does not run");
});
