import { bytes, text } from "@coord/conformance";
import { CoordError, connect, systemRuntime } from "@coord/core";
import type { Blockers, Store, StoreSession } from "@coord/core/spi";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Cluster } from "../testbed/cluster.ts";
import { hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { fourLetterWord } from "../testbed/four-letter-word.ts";
import { binariesOf } from "../testbed/provision/found.ts";
import { startZooKeeper } from "../testbed/zookeeper.ts";

const binaries = binariesOf(inject("servers").zookeeper);
const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const events = { renewed: nothing, disconnected: nothing, expired: nothing };

describe.skipIf(binaries === undefined)("lines and directories", () => {
  let cluster: Cluster;
  let store: Store;
  let session: StoreSession;

  beforeAll(async () => {
    if (!binaries) return;
    // a container that was emptied goes soon
    cluster = await startZooKeeper({ binaries, tickMs: 200, jvm: ["-Dznode.container.checkIntervalMs=100"] });
    store = await zookeeper({ servers: [hostPort(cluster.node.endpoint)] }).open({
      runtime: systemRuntime,
      logger: silent,
      namespace: "",
    });
    session = await store.openSession({ ttlMs: 4_000, events });
  });

  afterAll(async () => {
    await store?.close();
    await cluster?.[Symbol.asyncDispose]();
  });

  const contend = (line: string, id: string) => store.contend(line, { id, kind: "lock", value: bytes(""), session });

  test("the numbers of a line go round: who came before the end of the count stands before who came after it", async () => {
    const names = ["_c_a-lock-2147483646", "_c_b-lock-2147483647", "_c_c-lock--2147483648", "_c_d-lock--2147483647"];
    for (const name of names) {
      await store.commit({ writes: [{ create: `round/${name}`, value: bytes(""), session }] });
    }
    const { entries } = await store.list("round");
    const mine = entries.find(({ key }) => key.endsWith(names[3] ?? ""));
    if (!mine) throw new Error("it was just made");
    const place = { line: "round", mine, ahead: [], revision: mine.order };
    for await (const { ahead, present } of store.follow(place, () => [])) {
      expect(present).toBe(true);
      expect(ahead.map(({ key }) => key)).toEqual(names.slice(0, 3).map((name) => `round/${name}`));
      expect(ahead.map(({ kind }) => kind)).toEqual(["lock", "lock", "lock"]);
      break;
    }
  });

  test("the numbers of a line have come to their end, where a server repeats them: who came first stands first", async () => {
    const names = ["_c_c-lock-2147483647", "_c_a-lock-2147483647", "_c_d-lock--2147483648", "_c_b-lock-2147483647"];
    const keys = names.map((name) => `end/${name}`);
    for (const create of keys) await store.commit({ writes: [{ create, value: bytes(""), session }] });
    const { entries } = await store.list("end");
    for (const [index, key] of keys.entries()) {
      const mine = entries.find((entry) => entry.key === key);
      if (!mine) throw new Error("it was just made");
      const place = { line: "end", mine, ahead: [], revision: mine.order };
      for await (const { ahead } of store.follow(place, () => [])) {
        expect(ahead.map((rival) => rival.key)).toEqual(keys.slice(0, index));
        break;
      }
    }
    const late = await contend("end", "late");
    expect(late.ahead.map(({ key }) => key)).toEqual(keys);
    const again = await contend("end", "late");
    expect(again.ahead.map(({ key }) => key)).toEqual(keys);
  });

  test("somebody who comes back under the name of one who left is in the way again", async () => {
    const foreign = "again/n-0000000000";
    const come = () => store.commit({ writes: [{ create: foreign, value: bytes(""), session }] });
    const remove = (key: string) => store.commit({ writes: [{ remove: key }] });
    const everybody: Blockers = (ahead) => ahead;
    await come();
    const first = await contend("again", "first");
    for await (const { ahead } of store.follow(first, everybody)) {
      if (ahead.length === 0) break;
      await remove(foreign);
    }
    await remove(first.mine.key);
    await come();
    const second = await contend("again", "second");
    for await (const { ahead } of store.follow(second, everybody)) {
      expect(ahead.map(({ key }) => key)).toEqual([foreign]);
      break;
    }
    await remove(second.mine.key);
    await remove(foreign);
  });

  test("the directory of a line goes when it is empty, and the tokens rise when it is made anew", async () => {
    const orders: bigint[] = [];
    let anew = 0;
    await eventually("its count to begin anew three times", async () => {
      const { mine } = await contend("reaped/line", `attempt-${orders.length}`);
      orders.push(mine.order);
      if (mine.key.endsWith("-0000000000")) anew += 1;
      await store.commit({ writes: [{ remove: mine.key }] });
      return anew > 3;
    });
    expect(orders).toEqual([...orders].sort((x, y) => (x < y ? -1 : 1)));
    expect(new Set(orders).size).toBe(orders.length);
  });

  test("what lies below a directory that the server has removed is made all the same, whatever its name", async () => {
    const nodes = async () =>
      Number(/^zk_znode_count\t(\d+)/m.exec(await fourLetterWord(cluster.node.endpoint, "mntr"))?.[1]);
    for (let round = 0; round < 3; round += 1) {
      const before = await nodes();
      await store.commit({ writes: [{ create: `emptied/${round}/k`, value: bytes("1") }] });
      const { mine } = await contend(`emptied/line-${round}`, `round-${round}`);
      await store.commit({ writes: [{ remove: `emptied/${round}/k` }, { remove: mine.key }] });
      await eventually("the directories to be removed", async () => (await nodes()) <= before);
      const made = await store.commit({ writes: [{ create: `emptied/${round}-again/k`, value: bytes("1") }] });
      await store.commit({ writes: [{ remove: `emptied/${round}-again/k` }] });
      expect(made.entries[0]?.order).toBeGreaterThan(mine.order);
      await eventually("the directories to be removed", async () => (await nodes()) <= before);
      const again = await contend(`emptied/line-${round}-again`, `round-${round}-again`);
      expect(again.mine.order).toBeGreaterThan(mine.order);
      await store.commit({ writes: [{ remove: again.mine.key }] });
    }
  });

  test("what a guard refuses leaves no directory behind, as none is removed that never had anything in it", async () => {
    const nodes = async () =>
      Number(/^zk_znode_count\t(\d+)/m.exec(await fourLetterWord(cluster.node.endpoint, "mntr"))?.[1]);
    const { mine } = await contend("guarded/line", "gone");
    await store.commit({ writes: [{ remove: mine.key }] });
    const before = await nodes();
    for (let round = 0; round < 5; round += 1) {
      const guarded = {
        guards: [{ exists: mine.key }],
        writes: [{ create: `guarded/${round}/k`, value: bytes("lost") }],
      };
      await expect(store.commit(guarded)).rejects.toMatchObject({ code: "CONFLICT" });
    }
    expect(await nodes()).toBeLessThanOrEqual(before);
  });

  test("an entry whose key is a directory lives and goes like any other, and keeps neither from the other", async () => {
    const orders: bigint[] = [];
    await store.commit({ writes: [{ create: "both/below", value: bytes("below") }] });
    expect(await store.get("both")).toBe(undefined);
    for (let round = 0; round < 2; round += 1) {
      const { entries } = await store.commit({ writes: [{ create: "both", value: bytes("1"), session }] });
      orders.push(entries[0]?.order ?? 0n);
      expect((await store.get("both"))?.session).toBe(session.id);
      await store.commit({ writes: [{ put: "both", value: bytes("2") }] });
      const got = await store.get("both");
      expect([got && text(got.value), got?.order]).toEqual(["2", orders[round]]);
      expect((await store.list("")).entries.map(({ key }) => key)).toContain("both");
      expect((await store.list("both")).entries.map(({ key }) => key)).toEqual(["both/below"]);
      await expect(store.commit({ writes: [{ create: "both", value: bytes("3") }] })).rejects.toThrow(/absent/);
      await store.commit({ writes: [{ remove: "both" }] });
      expect(await store.get("both")).toBe(undefined);
    }
    expect(orders[1]).toBeGreaterThan(orders[0] ?? 0n);
    // the other way round: an entry that got something below it
    await store.commit({ writes: [{ create: "first", value: bytes("1") }] });
    await store.commit({ writes: [{ create: "first/below", value: bytes("1") }] });
    const before = await store.get("first");
    await store.commit({ writes: [{ remove: "first" }] });
    expect(await store.get("first")).toBe(undefined);
    expect((await store.list("first")).entries).toHaveLength(1);
    await store.commit({ writes: [{ create: "first", value: bytes("2") }] });
    const after = await store.get("first");
    expect(after?.order).toBeGreaterThan(before?.order ?? 0n);
    expect(after?.version).not.toBe(before?.version);
  });

  test("a value of a million bytes is kept, and a commit that no request could carry is refused before it is sent", async () => {
    const large = Buffer.alloc(1_000_000, 7);
    await store.commit({ writes: [{ put: "large/a", value: large }] });
    expect(Buffer.compare((await store.get("large/a"))?.value ?? bytes(""), large)).toBe(0);
    const error = await store
      .commit({ writes: ["b", "c"].map((name) => ({ create: `large/${name}`, value: large })) })
      .catch((reason) => reason);
    expect(CoordError.is(error, "VALUE_TOO_LARGE"), String(error)).toBe(true);
    expect(await store.get("large/b")).toBe(undefined);
  });

  test("nothing can be read or written where the server keeps its own", async () => {
    for (const call of [
      () => store.get("zookeeper/quota"),
      () => store.commit({ writes: [{ remove: "zookeeper" }] }),
    ]) {
      await expect(call()).rejects.toThrow(/ZooKeeper's own/);
    }
    expect((await store.list("")).entries.map(({ key }) => key)).not.toContain("zookeeper");
  });

  test("sixteen clients pass a lock round in their order, each once", async () => {
    const clients = await Promise.all(
      Array.from({ length: 16 }, () => connect(zookeeper({ servers: [hostPort(cluster.node.endpoint)] }))),
    );
    let inside = 0;
    const tokens: bigint[] = [];
    await Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < 10; round += 1) {
          await new Mutex(client, "passed").run(async ({ fencingToken }) => {
            inside += 1;
            expect(inside).toBe(1);
            tokens.push(fencingToken);
            await Promise.resolve();
            inside -= 1;
          });
        }
      }),
    );
    expect(tokens).toHaveLength(160);
    expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
    await Promise.all(clients.map((client) => client.close()));
  });
});
