// Forked by workloads/succession.ts: leads until it is killed.
import { Election } from "@coord/election";
import { connectTo as connectToEtcd } from "./etcd/arena.ts";
import { connectTo as connectToZooKeeper } from "./zookeeper/arena.ts";

const [store = "", address = "", name = "", ttlMs = ""] = process.argv.slice(2);
const session = { ttlMs: Number(ttlMs) };
const coord = await (store === "etcd" ? connectToEtcd(address, session) : connectToZooKeeper(address, session));
process.on("disconnect", () => process.exit());
await new Election(coord, name).campaign();
process.send?.("leads");
