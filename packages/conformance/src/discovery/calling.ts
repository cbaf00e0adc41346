import assert from "node:assert/strict";
import { CoordError, type NoInstanceReason } from "@coord/core";
import type { Service } from "@coord/discovery";
import type { Case } from "../rig.ts";
import { instance, party, showing } from "./instances.ts";

const reasonOf = (service: Service, options?: Parameters<Service["pick"]>[0]): NoInstanceReason | string => {
  try {
    return service.pick(options).instance.id;
  } catch (error) {
    return CoordError.is(error, "NO_INSTANCE") && "reason" in error
      ? (error.reason as NoInstanceReason)
      : String(error);
  }
};

/** Who is called, and what becomes of the call: rule 39. */
export const callingCases: readonly Case[] = [
  {
    title: "pick: who can't be found says why: not connected, none, filtered, draining, critical, ejected, all tried",
    async run(bench) {
      const a = await party(bench);
      const b = await party(bench);
      b.network.refuse();
      const unconnected = b.discovery.service("orders");
      assert.equal(reasonOf(unconnected), "never-connected");
      await assert.rejects(unconnected.ready({ waitMs: 30 }), (error) => CoordError.is(error, "TIMEOUT"));
      const service = a.discovery.service("orders", {
        where: ({ version }) => version === "2",
        ejection: { failures: 1, maxShare: 1, forMs: 60_000 },
      });
      await showing(bench, service, "");
      assert.equal(reasonOf(service), "none-registered");
      const old = await a.discovery.register(instance("old", { version: "1" }));
      await showing(bench, service, "old");
      assert.equal(reasonOf(service), "filtered");
      const me = await a.discovery.register(instance("new", { version: "2" }));
      await bench.eventually("it to be picked", () => reasonOf(service) === "new");
      assert.equal(reasonOf(service, { exclude: new Set(["new"]) }), "excluded");
      await me.update({ status: "critical" });
      await bench.eventually("critical", () => reasonOf(service) === "critical");
      await me.update({ status: "draining" });
      await bench.eventually("draining", () => reasonOf(service) === "draining");
      await me.update({ status: "passing" });
      await bench.eventually("it to be picked again", () => reasonOf(service) === "new");
      await old.close({ drainMs: 0 });
      await showing(bench, service, "new");
      service.pick().done("failed");
      assert.equal(reasonOf(service), "ejected");
    },
  },
  {
    title: "call: what an attempt throws is thrown, or tried on another instance; never more often than asked for",
    async run(bench) {
      const { discovery } = await party(bench);
      await Promise.all(["a", "b", "c"].map((id) => discovery.register(instance(id))));
      const service = discovery.service("orders");
      await service.ready({ min: 3, waitMs: 10_000 });
      assert.equal(await service.call(({ url, id }) => `${typeof url} ${id.length}`), "function 1");
      const called: string[] = [];
      const failing = ({ id }: { readonly id: string }) => {
        called.push(id);
        throw new Error(`no luck with ${id}`);
      };
      await assert.rejects(service.call(failing), /no luck/);
      assert.equal(called.length, 1);
      await assert.rejects(service.call(failing, { attempts: 4 }), /no luck/);
      assert.equal(new Set(called.slice(1, 4)).size, 3, "the same one was tried again while there was another");
      assert.equal(called.length, 5);
      await assert.rejects(service.call(failing, { attempts: 4, retryOn: () => false }), /no luck/);
      assert.equal(called.length, 6);
      let failures = 2;
      const value = await service.call(
        ({ id }) => {
          if (failures-- > 0) throw new Error("not yet");
          return id;
        },
        { attempts: 3 },
      );
      assert.match(value, /^[abc]$/);
    },
  },
  {
    title:
      "call: cancelling throws the caller's reason and aborts the attempt; one that takes too long is given up and tried elsewhere",
    async run(bench) {
      const { discovery } = await party(bench);
      await Promise.all(["a", "b"].map((id) => discovery.register(instance(id))));
      const service = discovery.service("orders");
      await service.ready({ min: 2, waitMs: 10_000 });
      const cancel = new AbortController();
      let aborted: unknown;
      let calls = 0;
      const hanging = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
        new Promise<never>(() => {
          calls += 1;
          signal.addEventListener("abort", () => (aborted = signal.reason));
        });
      const cancelled = service.call(hanging, { signal: cancel.signal, attempts: 3 });
      await bench.eventually("the call", () => calls === 1);
      cancel.abort("enough");
      await assert.rejects(cancelled, (error) => error === "enough");
      assert.equal(aborted, "enough");
      await assert.rejects(service.call(hanging, { signal: cancel.signal }), (error) => error === "enough");
      assert.equal(calls, 1);
      await assert.rejects(service.call(hanging, { attemptMs: 50, attempts: 2 }), (error) =>
        CoordError.is(error, "TIMEOUT"),
      );
      assert.ok(CoordError.is(aborted, "TIMEOUT"));
      let slow = true;
      const answer = await service.call(
        (_, call) => {
          if (!slow) return "quick";
          slow = false;
          return hanging(_, call);
        },
        { attemptMs: 50, attempts: 2 },
      );
      assert.equal(answer, "quick");
    },
  },
  {
    title: "call: waits a while for an instance when there is none, and then says why there is none",
    async run(bench) {
      const { discovery } = await party(bench);
      const service = discovery.service("orders");
      const called = service.call(({ id }) => id, { waitMs: 20_000 });
      await showing(bench, service, "");
      await discovery.register(instance("a"));
      assert.equal(await called, "a");
      const empty = discovery.service("others");
      await assert.rejects(
        empty.call(() => "x", { waitMs: 50 }),
        (error) => CoordError.is(error, "NO_INSTANCE") && "reason" in error && error.reason === "none-registered",
      );
      const impatient = new AbortController();
      const waiting = empty.call(() => "x", { waitMs: 60_000, signal: impatient.signal });
      impatient.abort("enough");
      await assert.rejects(waiting, (error) => error === "enough");
    },
  },
  {
    title: "call: an instance that fails again and again is left alone for a while, and then tried again",
    async run(bench) {
      const { discovery } = await party(bench);
      await Promise.all(["a", "b", "c"].map((id) => discovery.register(instance(id))));
      const service = discovery.service("orders", { balancer: "round-robin", ejection: { failures: 2, forMs: 400 } });
      await service.ready({ min: 3, waitMs: 10_000 });
      const called: string[] = [];
      const call = () =>
        service
          .call(({ id }) => {
            called.push(id);
            if (id === "b") throw new Error("b is broken");
          })
          .catch(() => {});
      for (let count = 0; count < 6; count += 1) await call();
      const failed = called.filter((id) => id === "b").length;
      assert.equal(failed, 2);
      for (let count = 0; count < 12; count += 1) await call();
      assert.equal(called.filter((id) => id === "b").length, 2, "it is called all the same");
      await bench.pause(500);
      for (let count = 0; count < 9; count += 1) await call();
      assert.equal(called.filter((id) => id === "b").length, 3, "once is enough to see that it is still broken");
    },
  },
  {
    title: "call: stays in the own zone while enough of it is well, and leaves it in proportion when it isn't",
    async run(bench) {
      const { discovery } = await party(bench);
      const zones = { a: "here", b: "here", c: "there", d: undefined };
      const all = await Promise.all(
        Object.entries(zones).map(([id, zone]) => discovery.register(instance(id, { zone }))),
      );
      const service = discovery.service("orders", { zone: "here" });
      await service.ready({ min: 4, waitMs: 10_000 });
      const share = async (count = 400) => {
        let local = 0;
        for (let each = 0; each < count; each += 1) if (await service.call(({ zone }) => zone === "here")) local += 1;
        return local / count;
      };
      assert.equal(await share(), 1);
      assert.equal(service.pick({ exclude: new Set(["a", "b"]) }).instance.zone === "here", false);
      await all[0]?.update({ status: "critical" });
      await bench.eventually("half of the zone", () => service.current?.instances[0]?.status === "critical");
      const half = await share();
      assert.ok(half > 0.6 && half < 0.83, `${half} of the calls stayed, 0.71 are to`);
      await all[1]?.update({ status: "critical" });
      await bench.eventually("none of the zone", () => service.current?.instances[1]?.status === "critical");
      assert.equal(await share(), 0);
    },
  },
];
