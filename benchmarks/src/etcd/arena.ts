import { createRequire } from "node:module";
import { connect } from "@coord/core";
import { etcd } from "@coord/etcd";
import { hostPort } from "../../../tests/testbed/endpoint.ts";
import { startEtcd } from "../../../tests/testbed/etcd.ts";
import { http } from "../../../tests/testbed/http.ts";
import { binariesOf } from "../../../tests/testbed/provision/found.ts";
import { provision } from "../../../tests/testbed/provision/provision.ts";
import type { Arena, SessionChoice } from "../arena.ts";
import { serverCache } from "../places.ts";
import { compacting } from "./compacting.ts";
import { packagedLocks } from "./packaged.ts";
import { RawEtcd } from "./raw-client.ts";
import { trafficOf } from "./traffic.ts";

export const connectTo = (address: string, session: SessionChoice = {}) =>
  connect(etcd({ endpoints: [address] }), { session });

/** A fresh etcd of one member. */
export async function etcdArena(): Promise<Arena> {
  const { etcd: found } = await provision({ cache: serverCache, announce: (line) => console.error(line) });
  const binaries = binariesOf(found);
  if (!binaries) throw new Error(`There is no etcd to start: ${JSON.stringify(found)}`);
  const cluster = await startEtcd({ binaries });
  const { endpoint } = cluster.node;
  const address = hostPort(endpoint);
  return {
    name: "etcd",
    goals: {
      pair: 1.25,
      pairRequests: 2,
      manyPairs: { raw: 4, packaged: 10 },
      manyPairsCpu: 0.15,
      standing: 2,
      handOverRequests: 0.1,
    },
    address,
    versions: { etcd: JSON.parse(await http(endpoint, "/version")).etcdserver, etcd3: versionOf("etcd3") },
    traffic: () => trafficOf(endpoint),
    connect: (session) => connectTo(address, session),
    settle: compacting(endpoint),
    connectRaw: () => RawEtcd.connect(address),
    packaged: () => packagedLocks(address),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

const versionOf = (name: string): string => createRequire(import.meta.url)(`${name}/package.json`).version;
