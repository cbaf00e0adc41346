import { type Coord, connect } from "@coord/core";
import { Discovery, type InstanceToRegister } from "@coord/discovery";
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

  /** What the node of an instance holds, past every format. */
  const bytesAt = async (coord: Coord, key: string) =>
    Buffer.from((await coord.store.get(key))?.value ?? []).toString();

  async function both() {
    const coord = await connect(zookeeper({ servers: cluster.endpoints.map(hostPort) }), { session: { ttlMs: 4_000 } });
    onTestFinished(() => coord.close());
    return {
      coord,
      discovery: new Discovery(coord, { format: "curator" }),
      theirs: start(hostPort(cluster.node.endpoint)),
    };
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

  const untilRewritten = (peer: Peer, ask: string, expected: string) =>
    eventually(
      `${ask}: ${expected}`,
      async () => {
        peer.tell(ask);
        await eventually("an answer", () => peer.said("rewritten") !== undefined, { within: 20_000 });
        expect(peer.said("rewritten")).toBe(`rewritten ${expected}`);
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

  test("writes what we write, byte for byte, from whatever it has read of ours", async () => {
    const { coord, discovery, theirs } = await both();
    const described: readonly InstanceToRegister[] = [
      { name: "golden", id: "plain", address: "10.0.0.7", port: 8080 },
      {
        name: "golden",
        id: "full",
        address: "::1",
        port: 8443,
        secure: true,
        zone: "z",
        weight: 2.5,
        version: "7",
        ports: { admin: 1 },
        metadata: { text: "\u0001\u007fü😀/<&>\\u00e4 \u2028", deep: [1, null, { x: true }] },
      },
    ];
    for (const each of described) {
      const me = await discovery.register(each);
      const asks = `rewrite golden ${me.id}`;
      const ours = await bytesAt(coord, `services/golden/${me.id}`);
      expect(ours).toContain(`"id":"${me.id}"`);
      await untilRewritten(theirs, asks, ours);
      await me.update({ status: "critical" });
      const disabled = await bytesAt(coord, `services/golden/${me.id}`);
      expect(disabled).toContain(`"enabled":false`);
      await untilRewritten(theirs, asks, disabled);
    }
    theirs.tell("register golden theirs 10.0.0.8 9090");
    await eventually("theirs", async () => (await bytesAt(coord, "services/golden/theirs")) !== "");
    const [plain, foreign] = await Promise.all(
      ["plain", "theirs"].map((id) => bytesAt(coord, `services/golden/${id}`)),
    );
    const withoutContents = (text = "") =>
      text
        .replace(/"payload":(null|\{.*\}),"reg/, `"reg`)
        .replace(/"(id|address|port|registrationTimeUTC)":[^,]+/g, "");
    expect(withoutContents(plain).replace(`,"enabled":false`, "")).toBe(withoutContents(foreign));
  });

  test("is seen by us, coming and going", async () => {
    const { discovery, theirs } = await both();
    const service = discovery.service("payments");
    await service.ready({ min: 0, waitMs: 5_000 });
    theirs.tell("register payments theirs 10.0.0.8 9090 team=x");
    const view = await service.ready({ waitMs: 30_000 });
    expect(view.instances.map((each) => `${each.id} ${each.url()} ${each.status}`)).toEqual([
      "theirs http://10.0.0.8:9090/ passing",
    ]);
    expect(view.instances[0]?.metadata).toEqual({ team: "x" });
    theirs.tell("unregister");
    await eventually("it to be gone", () => service.current?.instances.length === 0, { within: 20_000 });
  });
});
