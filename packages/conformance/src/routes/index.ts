import assert from "node:assert/strict";
import { DoubleBarrier } from "@coord/barrier";
import { Config } from "@coord/config";
import { type Coord, CoordError, connect, routes, toKey } from "@coord/core";
import { Discovery } from "@coord/discovery";
import { Election } from "@coord/election";
import { lockAll, Mutex } from "@coord/lock";
import { MemoryServer, memory } from "@coord/memory";
import { SharedMap } from "@coord/replica";
import { settings } from "../config/settings.ts";
import { type Bench, bytes, type Case, type RigNetwork, text } from "../rig.ts";

/** A client of two stores: names below `config` are on one in memory, all others on the rig's. */
async function routed(
  bench: Bench,
  config = new MemoryServer(bench.rig.runtime),
): Promise<{ readonly coord: Coord; readonly network: RigNetwork; readonly config: MemoryServer }> {
  const { backend, network } = await bench.rig.client();
  const coord = await bench.connected(routes({ config: memory({ server: config }), "": backend }));
  return { coord, network, config };
}

const refusal = (error: unknown) =>
  CoordError.is(error, "USAGE") && /step of one store|lie on two stores/.test(error.message);

/** A watch of a store that gives no answer. */
async function* unending(): AsyncGenerator<never> {
  await new Promise(() => {});
}

/** What a client of two stores promises: each name is on its own, and nothing pretends that the two are one. */
export const routeCases: readonly Case[] = [
  {
    title: "routes: a name is on the store of its first segment, with all of its segments, and on no other",
    async run(bench) {
      const { coord, config } = await routed(bench);
      const { coord: beside } = await bench.coord();
      await coord.store.commit({ writes: [{ put: "config/app", value: bytes("1") }] });
      await coord.store.commit({ writes: [{ put: "configuration", value: bytes("2") }] });
      assert.equal(text((await coord.store.get("config/app"))?.value ?? bytes("")), "1");
      assert.equal(config.list(bench.key("config")).entries.length, 1);
      assert.deepEqual((await beside.store.list("config")).entries, []);
      assert.equal(text((await beside.store.get("configuration"))?.value ?? bytes("")), "2");
      assert.equal((await coord.store.list("config")).entries[0]?.key, "config/app");
    },
  },
  {
    title: "routes: the longest route decides, and a name without one is refused with the routes that there are",
    async run(bench) {
      const [outer, inner] = [new MemoryServer(bench.rig.runtime), new MemoryServer(bench.rig.runtime)];
      const coord = await bench.connected(routes({ a: memory({ server: outer }), "a/b": memory({ server: inner }) }));
      await coord.store.commit({ writes: [{ put: "a/b/c", value: bytes("inner") }] });
      await coord.store.commit({ writes: [{ put: "a/bc", value: bytes("outer") }] });
      assert.equal(inner.list(bench.key("a/b")).entries.length, 1);
      assert.equal(outer.list(bench.key("a")).entries.length, 1);
      await assert.rejects(
        coord.store.get("b/a"),
        (error) => CoordError.is(error, "USAGE") && /"a", "a\/b"/.test(error.message),
      );
      assert.throws(
        () => new Mutex(coord, "b"),
        (error) => CoordError.is(error, "USAGE"),
      );
    },
  },
  {
    title: "routes: a commit over two stores is refused, by a write or a guard, with both named and nothing written",
    async run(bench) {
      const { coord } = await routed(bench);
      const writes = [
        { put: "config/a", value: bytes("1") },
        { put: "jobs/a", value: bytes("1") },
      ];
      await assert.rejects(coord.store.commit({ writes }), refusal);
      const hold = await new Mutex(coord, "jobs/lock").acquire();
      await assert.rejects(
        coord.store.commit({ guards: [hold.guard], writes: [{ put: "config/a", value: bytes("1") }] }),
        (error) => refusal(error) && /config\/a.*jobs\/lock|jobs\/lock.*config\/a/.test(String(error)),
      );
      assert.equal(await coord.store.get("config/a"), undefined);
      assert.equal(await coord.store.get("jobs/a"), undefined);
      await coord.store.commit({ guards: [hold.guard], writes: [{ put: "jobs/a", value: bytes("1") }] });
      await hold.release();
    },
  },
  {
    title: "routes: the children of a name that lie on two stores are neither listed nor watched as if they were all",
    async run(bench) {
      const { coord } = await routed(bench);
      await assert.rejects(coord.store.list(""), refusal);
      await assert.rejects(coord.store.directories(""), refusal);
      assert.throws(() => coord.store.watch({ under: "" }), refusal);
    },
  },
  {
    title: "routes: directories are told where all that lies below is on one store, however deep another one begins",
    async run(bench) {
      const [outer, inner] = [
        memory({ server: new MemoryServer(bench.rig.runtime) }),
        memory({ server: new MemoryServer(bench.rig.runtime) }),
      ];
      const coord = await bench.connected(routes({ "": outer, "a/b/c": inner }));
      const names = ["a/b/here", "a/b/c/d/there", "x/y/z"];
      for (const name of names) await coord.store.commit({ writes: [{ put: name, value: bytes(name) }] });
      assert.equal((await coord.store.list("a")).entries.length, 0);
      for (const name of ["", "a", "a/b"]) await assert.rejects(coord.store.directories(name), refusal);
      assert.deepEqual(await coord.store.directories("a/b/c"), ["a/b/c/d"]);
      assert.deepEqual(await coord.store.directories("x"), ["x/y"]);
    },
  },
  {
    title: "routes: locks, elections and barriers run on the store of their name, side by side",
    async run(bench) {
      const { coord: a, config } = await routed(bench);
      const { coord: b } = await routed(bench, config);
      for (const at of ["config", "jobs"]) {
        const held = await new Mutex(a, `${at}/m`).acquire();
        assert.equal(await new Mutex(b, `${at}/m`).tryAcquire(), null);
        const next = new Mutex(b, `${at}/m`).acquire();
        await held.release();
        await (await next).release();
        const leadership = await new Election(a, `${at}/e`).campaign();
        assert.equal((await new Election(b, `${at}/e`).leader())?.term, leadership.term);
        await leadership.resign();
        const passed = await Promise.all(
          [a, b].map((coord) => new DoubleBarrier(coord, `${at}/b`, { parties: 2 }).run(() => "in")),
        );
        assert.deepEqual(passed, ["in", "in"]);
      }
      await assert.rejects(
        lockAll([new Mutex(a, "config/x"), new Mutex(a, "jobs/x")]),
        (error) => CoordError.is(error, "USAGE") && /over two stores/.test(error.message),
      );
    },
  },
  {
    title: "routes: configuration, maps and services lie on the store of their name",
    async run(bench) {
      const { coord, config: server } = await routed(bench);
      const alone = await bench.connected(memory({ server }));
      for (const [at, only] of [
        ["config", alone],
        ["jobs", undefined],
      ] as const) {
        await using document = await Config.open(coord, `${at}/app`, { schema: settings, instance: "one" });
        await document.update(() => ({ rateLimit: 1 }));
        await document.rollout.begin(() => ({ rateLimit: 2 }), { share: 1 });
        await using map = await SharedMap.open<number>(coord, `${at}/map`);
        await map.set("a", 1);
        const discovery = new Discovery(coord, { base: at });
        await using _ = await discovery.register({ name: "s", id: "i", address: "a", port: 1 }, { drainMs: 0 });
        await discovery.service("s").ready({ min: 1 });
        for (const key of ["app", "map/a", "s/i"]) {
          const there = await (only ?? alone).store.get(toKey(`${at}/${key}`));
          assert.equal(there !== undefined, only !== undefined, `${at}/${key}`);
        }
      }
    },
  },
  {
    title: "routes: a document's instances are shown by the session of its own store, whose endpoints an error names",
    async run(bench) {
      const { backend } = await bench.rig.client();
      const away = { ...memory({ server: new MemoryServer(bench.rig.runtime) }), endpoints: ["away:1"] };
      const never: typeof away = {
        ...away,
        open: async (context) => ({ ...(await away.open(context)), watch: () => unending() }),
      };
      const coord = await bench.connected(routes({ "": backend, away: never, "jobs/apart": away }));
      await using _ = await Config.open(coord, "jobs/app", { schema: settings, instance: "one" });
      await using reader = await Config.open(coord, "jobs/app", { schema: settings });
      await bench.eventually("the instance", async () => (await reader.rollout.status()).instances.length === 1);
      await assert.rejects(
        Config.open(coord, "away/app", { schema: settings, waitMs: 50 }),
        (error) => CoordError.is(error, "UNAVAILABLE") && /from away:1\./.test(error.message),
      );
      await assert.rejects(
        Config.openAll(coord, "away/", { schema: settings, waitMs: 50 }),
        (error) => CoordError.is(error, "UNAVAILABLE") && /from away:1\./.test(error.message),
      );
      await assert.rejects(Config.openAll(coord, "jobs/", { schema: settings }), refusal);
    },
  },
  {
    title: "routes: watches go on on each store by itself while the other is out of sight",
    async run(bench) {
      const { coord, network } = await routed(bench);
      const { coord: writer } = await bench.coord();
      const seen = { config: [] as (string | undefined)[], jobs: [] as (string | undefined)[] };
      const done = new AbortController();
      const follow = async (at: "config" | "jobs") => {
        for await (const { entries, stale } of coord.store.watch({ key: `${at}/k` }, { signal: done.signal }))
          seen[at].push(stale ? "stale" : entries[0] && text(entries[0].value));
      };
      const ended = Promise.all([follow("config"), follow("jobs")]);
      await bench.eventually("both", () => seen.config.length > 0 && seen.jobs.length > 0);
      network.refuse();
      await bench.eventually("staleness", () => seen.jobs.at(-1) === "stale", 15_000);
      await coord.store.commit({ writes: [{ put: "config/k", value: bytes("1") }] });
      await bench.eventually("the other", () => seen.config.at(-1) === "1");
      assert.ok(!seen.config.includes("stale"));
      await writer.store.commit({ writes: [{ put: "jobs/k", value: bytes("2") }] });
      network.heal();
      await bench.eventually("to see again", () => seen.jobs.at(-1) === "2", 15_000);
      done.abort();
      await ended;
    },
  },
  {
    title: "routes: what is held on one store is not lost with the session on the other",
    async run(bench) {
      const { coord } = await routed(bench);
      const states: string[] = [];
      coord.on("state", (now) => states.push(now));
      const config = await new Mutex(coord, "config/m").acquire();
      const jobs = await new Mutex(coord, "jobs/m").acquire();
      const session = coord.status().routes?.find(({ name }) => name === "")?.session;
      await bench.rig.expire(session?.id ?? "");
      await bench.eventually("the loss", () => jobs.lost);
      await bench.eventually("a new session", () => states.includes("lost") && coord.state === "connected");
      config.check();
      assert.equal(await config.release(), "released");
      assert.equal(await jobs.release(), "lost");
      await (await new Mutex(coord, "jobs/m").acquire({ waitMs: 10_000 })).release();
      assert.ok(states.includes("lost") && states.at(-1) === "connected", states.join());
    },
  },
  {
    title: "routes: the state is the worst of all, and a hold on the other store isn't told of it",
    async run(bench) {
      const { coord, network } = await routed(bench);
      const told: string[] = [];
      const config = await new Mutex(coord, "config/m").acquire();
      const jobs = await new Mutex(coord, "jobs/m").acquire();
      config.on("suspended", () => told.push("config"));
      jobs.on("suspended", () => told.push("jobs"));
      network.refuse();
      await bench.eventually("to be suspended", () => coord.state === "suspended", 15_000);
      assert.deepEqual(told, ["jobs"]);
      const { routes = [], state } = coord.status();
      assert.deepEqual(
        routes.map((each) => [each.name, each.state]),
        [
          ["config", "connected"],
          ["", "suspended"],
        ],
      );
      assert.equal(state, "suspended");
      config.check();
      network.heal();
      await bench.eventually("to be back", () => coord.state === "connected", 15_000);
      await Promise.all([config.release(), jobs.release()]);
    },
  },
  {
    title: "routes: status tells each store, session and hold; close() gives back what is held on all of them",
    async run(bench) {
      const { coord, config } = await routed(bench);
      const { coord: other } = await bench.coord();
      await new Mutex(coord, "config/m").acquire();
      await new Mutex(coord, "jobs/m").acquire();
      const status = coord.status();
      assert.deepEqual(status.holds.map(({ name }) => name).sort(), ["config/m", "jobs/m"]);
      assert.equal(status.routes?.length, 2);
      assert.ok(status.routes.every(({ session, endpoints }) => session && endpoints.length > 0));
      await coord.close();
      assert.equal(coord.state, "closed");
      assert.deepEqual(config.list(bench.key("config/m")).entries, []);
      await (await new Mutex(other, "jobs/m").acquire({ waitMs: 2_000 })).release();
      await assert.rejects(coord.store.get("config/a"), (error) => CoordError.is(error, "CLOSED"));
    },
  },
  {
    title: "routes: connect() fails when one of the stores can't be reached, names it, and keeps no other open",
    async run(bench) {
      const { backend, network } = await bench.rig.client();
      network.refuse();
      const config = new MemoryServer(bench.rig.runtime);
      const connecting = connect(routes({ config: memory({ server: config }), "": backend }), {
        runtime: bench.rig.runtime,
        waitMs: 1_500,
      });
      await assert.rejects(
        connecting,
        (error) => CoordError.is(error, "UNAVAILABLE") && error.message.includes(backend.endpoints[0] ?? "none"),
      );
      network.heal();
    },
  },
];
