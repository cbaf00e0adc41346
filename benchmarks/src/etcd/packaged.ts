import { Etcd3 } from "etcd3";
import type { PackagedLock } from "../arena.ts";

const ttlSeconds = 10;

/** The lock and the election of the package `etcd3`, with its own defaults. */
export function packagedLocks(address: string): { readonly locks: readonly PackagedLock[]; close(): void } {
  const client = new Etcd3({ hosts: `http://${address}`, grpcOptions: { "grpc.primary_user_agent": "packaged" } });
  const lock: PackagedLock = {
    name: "etcd3 lock()",
    pair: async (name) => {
      const held = await client.lock(`packaged/${name}`).ttl(ttlSeconds).acquire();
      await held.release();
    },
  };
  const election: PackagedLock = {
    name: "etcd3 election()",
    pair: async (name) => {
      const campaign = client.election(`packaged/${name}`, ttlSeconds).campaign("me");
      await campaign.wait();
      await campaign.resign();
    },
  };
  return { locks: [lock, election], close: () => client.close() };
}
