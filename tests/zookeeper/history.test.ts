import { bytes, text } from "@coord/conformance";
import { connect, systemRuntime } from "@coord/core";
import { Mutex } from "@coord/lock";
import { zookeeper } from "@coord/zookeeper";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Endpoint, hostPort } from "../testbed/endpoint.ts";
import { eventually } from "../testbed/eventually.ts";
import { FrameProxy, type Interceptor } from "./frame-proxy.ts";
import { binaries, Past } from "./past.ts";

const nothing = () => {};

describe.skipIf(binaries === undefined)("an ensemble that was set back to an older state", () => {
  test.each([1, 3] as const)(
    "servers: %i. It is noticed and reported, holds are lost, views show what is there",
    async (nodes) => {
      const servers = await Past.start(nodes);
      const reports: string[] = [];
      const logger = {
        debug: nothing,
        info: nothing,
        warn: nothing,
        error: (_: object, message: string) => void reports.push(message),
      };
      const coord = await connect(zookeeper({ servers: servers.cluster.endpoints.map(hostPort) }), {
        session: { ttlMs: 4_000 },
        logger,
      });
      onTestFinished(() => coord.close());
      const put = (value: string) => coord.store.commit({ writes: [{ put: "k", value: bytes(value) }] });
      await put("old");
      await servers.remember();
      for (let round = 0; round < 20; round += 1) await put(`new ${round}`);
      const hold = await new Mutex(coord, "m").acquire();
      const seen: string[] = [];
      const done = new AbortController();
      onTestFinished(() => done.abort());
      const watch = async () => {
        for await (const { entries, stale } of coord.store.watch({ key: "k" }, { signal: done.signal }))
          if (!stale && entries[0]) seen.push(text(entries[0].value));
      };
      void watch();
      await eventually("the last value", () => seen.at(-1) === "new 19");
      await servers.restore();
      await eventually("the loss", () => hold.signal.aborted, { within: 6_000 });
      await eventually("the old value", () => seen.at(-1) === "old", { within: 20_000 });
      await eventually("the report", () => reports.some((message) => message.includes("restored to an older state")));
      expect(reports.filter((message) => message.includes("restored to an older state"))).toHaveLength(1);
      await eventually("a new session", () => coord.state === "connected", { within: 20_000 });
      const entry = await eventually("an answer", async () => (await coord.store.get("k")) ?? false);
      expect(text(entry.value)).toBe("old");
      await (await new Mutex(coord, "m").acquire({ waitMs: 20_000 })).release();
      await put("after");
      await eventually("the next value", () => seen.at(-1) === "after");
    },
  );

  test("at a higher epoch, with no view of what went back: a hold that the backup doesn't know is lost, tokens rise, and the rest looks like the work of others", async () => {
    const servers = await Past.start(3);
    const reports: string[] = [];
    const note = (_: object, message: string) => void reports.push(message);
    const logger = { debug: nothing, info: nothing, warn: nothing, error: note };
    const coord = await connect(zookeeper({ servers: servers.cluster.endpoints.map(hostPort) }), {
      session: { ttlMs: 4_000 },
      logger,
    });
    onTestFinished(() => coord.close());
    const put = (key: string) => coord.store.commit({ writes: [{ put: `d/${key}`, value: bytes("1") }] });
    await put("back");
    const older = await new Mutex(coord, "older").acquire();
    await servers.remember();
    await put("gone");
    await coord.store.commit({ writes: [{ remove: "d/back" }] });
    const younger = await new Mutex(coord, "younger").acquire();
    const seen: string[] = [];
    const done = new AbortController();
    onTestFinished(() => done.abort());
    const watch = async () => {
      for await (const { entries, stale } of coord.store.watch({ under: "d" }, { signal: done.signal }))
        if (!stale) seen.push(entries.map(({ key }) => key).join());
    };
    void watch();
    await eventually("what is there", () => seen.at(-1) === "d/gone");
    await servers.restore();
    await eventually("what was there", () => seen.at(-1) === "d/back", { within: 20_000 });
    await eventually("the loss", () => younger.signal.aborted, { within: 10_000 });
    await eventually("a session", () => coord.state === "connected", { within: 20_000 });
    const next = await new Mutex(coord, "younger").acquire({ waitMs: 20_000, requeue: true });
    expect(next.fencingToken).toBeGreaterThan(younger.fencingToken);
    expect(next.fencingToken).toBeGreaterThan(older.fencingToken);
    expect(reports).toEqual([]);
  });

  test.each([
    ["", 0],
    [", also where its new connection breaks before it has shown anything", 1],
  ])("a client without a session comes back by itself, too%s", async (_, cuts) => {
    const restored = await Past.start(1);
    let left = 0;
    const interceptor: Interceptor = { answer: (frame, pass, cut) => (left-- > 0 ? cut() : pass(frame)) };
    await using proxy = await FrameProxy.start(restored.cluster.endpoints[0] as Endpoint, () => interceptor);
    const reports: string[] = [];
    const note = (_: object, message: string) => void reports.push(message);
    const logger = { debug: nothing, info: nothing, warn: nothing, error: note };
    const backend = zookeeper({ servers: [proxy.address] });
    const store = await backend.open({ runtime: systemRuntime, logger, namespace: "" });
    onTestFinished(() => store.close());
    const put = (value: string) => store.commit({ writes: [{ put: "k", value: bytes(value) }] });
    await put("old");
    await restored.remember();
    for (let round = 0; round < 20; round += 1) await put(`new ${round}`);
    left = cuts;
    await restored.restore();
    const value = async () => text((await store.get("k"))?.value ?? bytes("none"));
    await eventually("the old value", async () => (await value()) === "old");
    expect(left).toBeLessThan(0);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain("restored to an older state");
  });
});
