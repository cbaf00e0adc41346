// Two processes serve, and register; the third one calls them by the name of their service, as if that were a host.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CountDownLatch } from "@coord/barrier";
import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { coordInterceptor } from "@coord/discovery/undici";
import { Agent, fetch } from "undici";

const { COORD_URL = "file:./.coord", NAME = "worker-1" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });
const discovery = new Discovery(coord);
const done = new CountDownLatch(coord, "done", { count: 1 });

await (NAME === "worker-3" ? call() : serve());
await coord.close();

async function serve(): Promise<void> {
  let served = 0;
  const server = createServer((_, response) => {
    served += 1;
    response.end(NAME);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const me = await discovery.register({ name: "orders", id: NAME, address: "127.0.0.1", port }, { drainMs: 100 });
  await done.wait();
  await me.close(); // shown as draining first, so that nobody is sent here when it has gone
  server.close();
  server.closeAllConnections();
  console.log(`served ${served} requests`);
}

async function call(): Promise<void> {
  await discovery.service("orders").ready({ min: 2, waitMs: 10_000 });
  const agent = new Agent();
  const dispatcher = agent.compose(coordInterceptor(discovery, { balancer: "round-robin" }));
  const answers = new Set<string>();
  for (let request = 0; request < 40; request += 1) {
    const response = await fetch("http://orders.coord/v1", { dispatcher });
    answers.add(await response.text());
  }
  console.log(`40 requests were answered by ${[...answers].sort().join(" and ")}`);
  await done.countDown(NAME);
  await agent.close();
}
