// Forked by contender-pool.ts: contends in a line when told to, with our lock or by hand, and tells of its grants.
import { Mutex } from "@coord/lock";
import type { Enter } from "./arena.ts";
import type { Contest, FromContender } from "./contender-pool.ts";
import { contend } from "./contenders.ts";
import { connectTo as connectToEtcd } from "./etcd/arena.ts";
import { RawEtcd } from "./etcd/raw-client.ts";
import { connectTo as connectToZooKeeper } from "./zookeeper/arena.ts";
import { RawZooKeeper } from "./zookeeper/raw-client.ts";

const [store = "", address = ""] = process.argv.slice(2);
const [coord, raw] =
  store === "etcd"
    ? [await connectToEtcd(address), await RawEtcd.connect(address)]
    : [await connectToZooKeeper(address), await RawZooKeeper.connect(address)];
const say = (message: FromContender) => process.send?.(message);

process.on("message", async ({ who, line, contenders, turnsEach }: Contest) => {
  say({ grants: await contend(who === "ours" ? entering(line) : () => raw.enter(line), contenders, turnsEach) });
});
process.on("disconnect", async () => {
  await Promise.all([coord.close(), raw[Symbol.asyncDispose]()]);
});
say("ready");

function entering(line: string): Enter {
  const mutex = new Mutex(coord, line);
  return async () => {
    const hold = await mutex.acquire();
    return { order: hold.fencingToken, leave: () => hold.release() };
  };
}
