import { connect } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";
import { curator, type Peer, type StartPeer } from "./peer.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const programs = binariesOf(inject("peers").curator);

describe.skipIf(!binaries || !programs)("Curator's discovery", () => {
  let cluster: Cluster;
  let folder: TemporaryFolder;
  let start: StartPeer;

  beforeAll(async () => {
    if (!binaries || !programs) return;
    folder = await TemporaryFolder.create("coord-interop-discovery");
    cluster = await startZooKeeper({ binaries, tickMs: 200 });
    start = await curator(programs, folder.path, "Discoverer");
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  async function both() {
    const coord = await connect(zookeeper({ servers: cluster.endpoints.map(hostPort) }), { session: { ttlMs: 4_000 } });
    onTestFinished(() => coord.close());
    return { discovery: new Discovery(coord, { format: "curator" }), theirs: start(hostPort(cluster.node.endpoint)) };
  }

  /** Asks until the answer is as awaited: what we write reaches them when they look the next time. */
  const untilSays = (peer: Peer, ask: string, beginning: string, answer: RegExp) =>
    eventually(
      `${ask}: ${answer}`,
      async () => {
        peer.tell(ask);
        await eventually("an answer", () => peer.said(beginning) !== undefined, { within: 20_000 });
        expect(peer.said(beginning)).toMatch(answer);
      },
      { within: 40_000 },
    );

  test("sees ours, with their address, and doesn't pick one that drains", async () => {
    const { discovery, theirs } = await both();
    const me = await discovery.register(
      { name: "orders", id: "ours", address: "10.0.0.7", port: 8080, metadata: { team: "x" } },
      { drainMs: 60_000 },
    );
    await untilSays(theirs, "list orders", "listed", /ours=http:\/\/10\.0\.0\.7:8080,true,.*team=x/);
    await untilSays(theirs, "pick orders", "picked", /picked ours/);
    const closed = me.close();
    await untilSays(theirs, "list orders", "listed", /ours=http:\/\/10\.0\.0\.7:8080,false/);
    await untilSays(theirs, "pick orders", "picked", /picked nobody/);
    void closed;
  });

  test("is seen by us, coming and going", async () => {
    const { discovery, theirs } = await both();
    const service = discovery.service("payments");
    await service.ready({ min: 0, waitMs: 5_000 });
    theirs.tell("register payments theirs 10.0.0.8 9090");
    const view = await service.ready({ waitMs: 30_000 });
    expect(view.instances.map((each) => `${each.id} ${each.url()} ${each.status}`)).toEqual([
      "theirs http://10.0.0.8:9090/ passing",
    ]);
    theirs.tell("unregister");
    await eventually("it to be gone", () => service.current?.instances.length === 0, { within: 20_000 });
  });
});
