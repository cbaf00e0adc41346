import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { type Store, UnknownOutcomeError } from "@coord/core/spi";
import { Discovery } from "@coord/discovery";
import type { Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { entriesOf, instance, party, showing, told } from "./instances.ts";

/** How an instance goes, for good: rules 34 and 36. */
export const leavingCases: readonly Case[] = [
  {
    title: "close: shows the instance as draining, waits, and then takes it away; nobody picks it meanwhile",
    async run(bench) {
      const a = await party(bench);
      const service = (await party(bench)).discovery.service("orders");
      const me = await a.discovery.register(instance("a"), { drainMs: 600 });
      await showing(bench, service, "a");
      const { views, done } = told(service);
      const startMs = bench.rig.runtime.now();
      const closed = me.close();
      assert.equal(me.status, "draining");
      await bench.eventually("to be draining", () => service.current?.instances[0]?.status === "draining");
      assert.throws(
        () => service.pick(),
        (error) => CoordError.is(error, "NO_INSTANCE") && "reason" in error && error.reason === "draining",
      );
      await closed;
      assert.ok(bench.rig.runtime.now() - startMs >= 590);
      await showing(bench, service, "");
      assert.deepEqual(
        views.map(({ instances }) => instances.map(({ status }) => status).join()),
        ["passing", "draining", ""],
      );
      done.abort();
      assert.equal(await me.close(), undefined);
    },
  },
  {
    title: "close: coord.close() drains what it has registered, within its time",
    async run(bench) {
      const a = await party(bench);
      const service = (await party(bench)).discovery.service("orders");
      await a.discovery.register(instance("a"), { drainMs: 300 });
      const patient = await a.discovery.register(instance("b"), { drainMs: 60_000 });
      await showing(bench, service, "a b");
      const { views, done } = told(service);
      const startMs = bench.rig.runtime.now();
      await a.coord.close({ waitMs: 800 });
      assert.ok(bench.rig.runtime.now() - startMs < 2_500, "close() took too long");
      await showing(bench, service, "");
      assert.ok(
        views.some(({ instances }) => instances.length === 2 && instances.every(({ status }) => status === "draining")),
      );
      done.abort();
      await bench.within(1_000, "the handle to be closed", patient.close());
      await assert.rejects(a.discovery.register(instance("c")), (error) => CoordError.is(error, "CLOSED"));
    },
  },
  {
    title: "close: it is final, also while cut off: it settles with the session, and nothing brings the instance back",
    async run(bench) {
      const a = await party(bench);
      const b = await party(bench);
      const me = await a.discovery.register(instance("a"));
      a.network.refuse();
      await bench.within(bench.rig.ttlMs + 5_000, "the close", me.close({ drainMs: 0 }));
      a.network.heal();
      await bench.eventually("a session", () => a.coord.state === "connected", 30_000);
      await bench.eventually("it to be gone", async () => (await entriesOf(b.coord)).length === 0, 15_000);
      await bench.pause(bench.rig.promptMs * 3);
      assert.deepEqual(await entriesOf(b.coord), []);
    },
  },
  {
    title:
      "close: a registration that runs out of time or is cancelled while the store is out of reach leaves nothing behind",
    async run(bench) {
      const a = await party(bench);
      const b = await party(bench);
      const cancel = new AbortController();
      a.network.stall("replies");
      const late = a.discovery.register(instance("late"), { waitMs: 100 });
      const cancelled = a.discovery.register(instance("cancelled"), { signal: cancel.signal });
      await assert.rejects(late, (error) => CoordError.is(error, "TIMEOUT"));
      cancel.abort("enough");
      await assert.rejects(cancelled, (error) => error === "enough");
      a.network.heal();
      await bench.eventually("a session", () => a.coord.state === "connected", 30_000);
      await bench.eventually("nothing left", async () => (await entriesOf(b.coord)).length === 0, 30_000);
      await bench.pause(bench.rig.promptMs * 3);
      assert.deepEqual(await entriesOf(b.coord), []);
    },
  },
  {
    title:
      "faults: whichever call of register, update and close fails once, the instance is there once, as it should be, and then not at all",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (const fault of [...repairable, "expire"] as const) {
        for (let nth = 0; nth < 6; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const me = await new Discovery(coord).register(instance("a"), { waitMs: 30_000 });
          await me.update({ weight: 7 }, { waitMs: 30_000 });
          const weights = async () =>
            (await entriesOf(watcher)).map(({ value }) => JSON.parse(Buffer.from(value).toString()).weight).join();
          if (fault === "expire") await bench.eventually("it to be back", async () => (await weights()) === "7");
          else assert.equal(await weights(), "7", `${JSON.stringify(fault)}, call ${nth}`);
          await me.close({ drainMs: 0 });
          await bench.eventually("nothing left", async () => (await entriesOf(watcher)).length === 0);
          await bench.pause(20);
          assert.deepEqual(await entriesOf(watcher), []);
          await coord.close();
        }
      }
    },
  },
  {
    title:
      "close: an attempt to register that arrives after it brings nothing back, and its guard leaves a successor alone",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      let commits = 0;
      let arrived = false;
      const late = (store: Store): Store => ({
        ...store,
        commit: (commit, options) => {
          commits += 1;
          if (commits > 1) return store.commit(commit, options);
          const arrives = bench
            .eventually("to be let through", () => arrived)
            .then(() => store.commit(commit, options));
          arrives.catch(() => {}); // a conflict with what is there
          return Promise.reject(new UnknownOutcomeError("the answer was lost"));
        },
      });
      const { discovery } = await party(bench, {}, late);
      const me = await discovery.register(instance("a"));
      await me.close({ drainMs: 0 });
      assert.deepEqual(await entriesOf(watcher), []);
      arrived = true;
      await bench.pause(bench.rig.promptMs);
      await bench.eventually("nothing left", async () => (await entriesOf(watcher)).length === 0);
      const successor = await discovery.register(instance("a"));
      const [before] = await entriesOf(watcher);
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(await entriesOf(watcher), [before]);
      assert.equal(successor.registered, true);
    },
  },
  {
    title: "check: what it says is what is published; to throw and to hang are critical; it ends with the registration",
    async run(bench) {
      const a = await party(bench);
      const service = (await party(bench)).discovery.service("orders");
      const seen = told(service);
      const answers: ((context: { readonly signal: AbortSignal }) => unknown)[] = [
        () => "warning",
        () => undefined,
        () => {
          throw new Error("the database is down");
        },
        () => "passing",
        ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
        () => true,
      ];
      let asked = 0;
      const shown = () => seen.views.flatMap(({ instances }) => instances[0]?.status ?? []);
      const check = (context: { readonly signal: AbortSignal }) => {
        asked += 1;
        const next = Math.min(shown().length, answers.length - 1); // each is said until it is shown: a view may pass over what is brief
        return answers[next]?.(context);
      };
      const me = await a.discovery.register(instance("a"), { check, checkIntervalMs: 150, checkTimeoutMs: 100 });
      assert.equal(me.status, "warning", "the first answer comes before the instance is shown");
      await bench.eventually("each status", () => shown().length === answers.length, 20_000);
      assert.deepEqual(shown(), ["warning", "passing", "critical", "passing", "critical", "passing"]);
      assert.equal(service.current?.instances[0]?.status, "passing");
      seen.done.abort();
      await me.close({ drainMs: 0 });
      const before = asked;
      await bench.pause(400);
      assert.equal(asked, before);
    },
  },
];
