import { createRequire } from "node:module";
import { connect } from "@coord/core";
import { zookeeper } from "@coord/zookeeper";
import { hostPort } from "../../../tests/testbed/endpoint.ts";
import { fourLetterWord } from "../../../tests/testbed/four-letter-word.ts";
import { binariesOf } from "../../../tests/testbed/provision/found.ts";
import { provision } from "../../../tests/testbed/provision/provision.ts";
import { startZooKeeper } from "../../../tests/testbed/zookeeper.ts";
import type { Arena, SessionChoice } from "../arena.ts";
import { serverCache } from "../places.ts";
import { RawZooKeeper } from "./raw-client.ts";
import { trafficOf } from "./traffic.ts";

export const connectTo = (address: string, session: SessionChoice = {}) =>
  connect(zookeeper({ servers: [address] }), { session });

/** Sessions end at a tick, so the dead are replaced up to one later than their ttl. */
const tickMs = 500;

/** A fresh ZooKeeper of one server, which writes through to its disk, and has the heap and the compilers that it has by default. */
export async function zookeeperArena(): Promise<Arena> {
  const { zookeeper: found } = await provision({ cache: serverCache, announce: (line) => console.error(line) });
  const binaries = binariesOf(found);
  if (!binaries) throw new Error(`There is no ZooKeeper to start: ${JSON.stringify(found)}`);
  const cluster = await startZooKeeper({ binaries, tickMs, config: ["forceSync=yes"], fullSize: true });
  const { endpoint } = cluster.node;
  const address = hostPort(endpoint);
  const server = /version: ([\w.]+)/.exec(await fourLetterWord(endpoint, "srvr"))?.[1] ?? "unknown";
  return {
    name: "zookeeper",
    address,
    versions: { zookeeper: server, "node-zookeeper-client": versionOf("node-zookeeper-client") },
    goals: {
      pair: 0.85,
      pairRequests: 3,
      manyPairs: { raw: 5, packaged: undefined },
      manyPairsCpu: 0.3,
      standing: 4, // create and list, then the watches together; and the release
      handOverRequests: 1,
    },
    traffic: trafficOf(endpoint),
    connect: (session) => connectTo(address, session),
    connectRaw: () => RawZooKeeper.connect(address),
    packaged: () => ({ locks: [], close: () => {} }),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

const versionOf = (name: string): string => createRequire(import.meta.url)(`${name}/package.json`).version;
