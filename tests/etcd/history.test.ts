import { Election, type Leader } from "@coord/election";
import { Mutex } from "@coord/lock";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../testbed/eventually.ts";
import { binaries, bytes, EtcdWorld, text } from "./world.ts";

const silentEvents = { renewed() {}, disconnected() {}, expired() {} };

describe.skipIf(binaries === undefined)("an etcd that was set back to an older state", () => {
  test.each([1, 3] as const)(
    "members: %i. It is noticed and reported, holds are lost, views show what is there",
    async (nodes) => {
      const world = await EtcdWorld.start({ nodes });
      const reports: string[] = [];
      const note = (_: object, message: string) => void reports.push(message);
      const logger = { debug() {}, info() {}, warn() {}, error: note };
      const { coord } = await world.client({ session: { ttlMs: 30_000 }, logger });
      const put = (value: string) => coord.store.commit({ writes: [{ put: "k", value: bytes(value) }] });
      await put("old");
      const snapshot = await world.cluster.saveSnapshot();
      for (let round = 0; round < 20; round += 1) await put(`new ${round}`);
      const hold = await new Mutex(coord, "m").acquire();
      const seen: string[] = [];
      const done = new AbortController();
      onTestFinished(() => done.abort());
      const watch = async () => {
        for await (const { entries, stale } of coord.store.watch({ key: "k" }, { signal: done.signal }))
          if (!stale) seen.push(text(entries[0]?.value));
      };
      void watch();
      await eventually("the last value", () => seen.at(-1) === "new 19");
      await world.cluster.restoreSnapshot(snapshot);
      const entry = await eventually("an answer", async () => (await coord.store.get("k")) ?? false);
      expect(text(entry.value)).toBe("old");
      await eventually("the loss", () => hold.signal.aborted);
      await eventually("the old value", () => seen.at(-1) === "old");
      expect(reports.filter((message) => message.includes("restored to an older state"))).toHaveLength(1);
      await eventually("a new session", () => coord.state === "connected");
      await (await new Mutex(coord, "m").acquire()).release();
      await put("after");
      await eventually("the next value", () => seen.at(-1) === "after");
    },
  );

  test("who follows a place that isn't there any more is told so", async () => {
    const world = await EtcdWorld.start();
    const { store } = await world.store();
    const session = await store.openSession({ ttlMs: 30_000, events: silentEvents });
    const snapshot = await world.cluster.saveSnapshot();
    for (let round = 0; round < 20; round += 1)
      await store.commit({ writes: [{ put: "k", value: bytes(`new ${round}`) }] });
    const place = await store.contend("line", { id: "a", kind: "lock", value: bytes(""), session });
    const told: string[] = [];
    const done = new AbortController();
    onTestFinished(() => done.abort());
    const following = async () => {
      for await (const { present, stale } of store.follow(place, (ahead) => ahead, { signal: done.signal }))
        told.push(stale ? "out of sight" : present ? "there" : "gone");
    };
    void following();
    await eventually("to be followed", () => told.at(-1) === "there");
    await world.cluster.restoreSnapshot(snapshot);
    await eventually("to be told", () => told.at(-1) === "gone", { within: 20_000 });
  });

  test("who observes an election is shown who leads there, though the term is lower than it was", async ({
    onTestFinished,
  }) => {
    const world = await EtcdWorld.start();
    const electionOf = async (id: string) => new Election((await world.client()).coord, "e", { id });
    const before = await electionOf("before");
    const snapshot = await world.cluster.saveSnapshot();
    const shown: (Leader | null)[] = [];
    const done = new AbortController();
    onTestFinished(() => done.abort());
    const observer = await electionOf("observer");
    const observing = async () => {
      for await (const leader of observer.observe({ signal: done.signal })) shown.push(leader);
    };
    void observing();
    for (let round = 0; round < 20; round += 1) await (await before.campaign()).resign();
    const last = await before.campaign();
    await eventually("the last one", () => shown.at(-1)?.term === last.term);
    await world.cluster.restoreSnapshot(snapshot);
    const leadership = await (await electionOf("after")).campaign();
    expect(leadership.term).toBeLessThan(last.term);
    await eventually("the next one", () => shown.at(-1)?.id === "after" && !shown.at(-1)?.stale);
    expect(shown.at(-1)?.term).toBe(leadership.term);
  });

  test("a member that is behind is not taken for it", async () => {
    const world = await EtcdWorld.start({ nodes: 3, peerProxies: true });
    const reports: string[] = [];
    const note = (_: object, message: string) => void reports.push(message);
    const { coord } = await world.client({ logger: { debug() {}, info() {}, warn() {}, error: note } });
    const hold = await new Mutex(coord, "m").acquire();
    for (const node of world.cluster.nodes) {
      world.cluster.cutOff(node);
      await eventually("a write", () =>
        coord.store.commit({ writes: [{ put: "k", value: bytes(node.name) }] }).then(
          () => true,
          () => false,
        ),
      );
      world.cluster.rejoin(node);
      await eventually("a read", () => coord.store.get("k").then((entry) => text(entry?.value) === node.name));
    }
    expect(reports).toEqual([]);
    await hold.release();
  });
});
