import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import type { Case } from "../rig.ts";
import { directory, entriesOf, idsOf, instance, party, sessionOf, showing, strangers, told } from "./instances.ts";

/** How an instance comes, changes and stays: rules 34 and 35. */
export const registeringCases: readonly Case[] = [
  {
    title: "register: a view elsewhere shows all that an instance says; close() takes it away",
    async run(bench) {
      const a = await party(bench);
      const described = {
        ports: { admin: 9090 },
        secure: true,
        zone: "eu-1a",
        weight: 3,
        version: "2.3.1",
        metadata: { team: "x", deep: { list: [1, "two", null] } },
      };
      const me = await a.discovery.register(instance("a", described));
      assert.equal(me.registered, true);
      const service = (await party(bench)).discovery.service("orders");
      const [shown] = (await showing(bench, service, "a")).instances;
      assert.deepEqual(
        { ...shown },
        { ...described, id: "a", service: "orders", address: "10.0.0.7", port: 8080, status: "passing", kept: false },
      );
      assert.equal(shown?.url("/x"), "https://10.0.0.7:8080/x");
      assert.equal(shown?.url("y", "admin"), "https://10.0.0.7:9090/y");
      await me.close({ drainMs: 0 });
      assert.deepEqual(await entriesOf(a.coord), []);
      assert.equal(me.registered, false);
      await showing(bench, service, "");
    },
  },
  {
    title: "register: without an id it is the address and the port; ids of any text are told apart",
    async run(bench) {
      const { discovery } = await party(bench);
      const ids = ["a b", "a%20b", "ü😀", "[::1]:80", "a/b", ".."];
      await Promise.all(ids.map((id) => discovery.register(instance(id))));
      const me = await discovery.register({ name: "orders", address: "::1", port: 81 });
      assert.equal(me.id, "[::1]:81");
      const service = discovery.service("orders");
      await showing(bench, service, [...ids, "[::1]:81"].sort().join(" "));
      assert.equal(service.current?.instances.find(({ id }) => id === "[::1]:81")?.url(), "http://[::1]:81/");
      for (const id of ["", "x".repeat(300)])
        await assert.rejects(discovery.register(instance(id)), (error) => CoordError.is(error, "USAGE"));
    },
  },
  {
    title: "register: what can't be an instance is a UsageError that names the field",
    async run(bench) {
      const { discovery } = await party(bench);
      for (const address of [
        "",
        "http://10.0.0.7",
        "10.0.0.7/x",
        "me@10.0.0.7",
        "10.0.0.7\r\n",
        "a b",
        "x".repeat(256),
      ])
        await assert.rejects(
          discovery.register(instance("a", { address })),
          (error) => CoordError.is(error, "USAGE") && error.message.includes("address"),
          address,
        );
      const wrongs = {
        port: 70_000,
        weight: 0,
        zone: 7,
        version: 7,
        metadata: [],
        ports: { x: -1 },
        secure: "yes",
      };
      for (const [field, value] of Object.entries(wrongs)) {
        const wrong = { ...instance("a"), [field]: value } as ReturnType<typeof instance>;
        await assert.rejects(
          discovery.register(wrong),
          (error) => CoordError.is(error, "USAGE") && error.message.includes(field),
        );
      }
      await assert.rejects(discovery.register(instance("a"), { drainMs: -1 }), (error) =>
        CoordError.is(error, "USAGE"),
      );
      const huge = { metadata: { text: "x".repeat(20_000_000) } };
      await assert.rejects(discovery.register(instance("a", huge)), (error) => CoordError.is(error, "VALUE_TOO_LARGE"));
    },
  },
  {
    title: "register: an id of a live session is refused, also in one client; with `takeover` it is replaced",
    async run(bench) {
      const a = await party(bench);
      const b = await party(bench);
      const first = await a.discovery.register(instance("a", { port: 1 }), { takeover: true });
      for (const { discovery } of [a, b]) {
        await assert.rejects(discovery.register(instance("a", { port: 2 })), (error) =>
          CoordError.is(error, "DUPLICATE_INSTANCE"),
        );
      }
      const service = b.discovery.service("orders");
      assert.equal((await showing(bench, service, "a")).instances[0]?.port, 1);
      const second = await b.discovery.register(instance("a", { port: 2 }), { takeover: true });
      await bench.eventually("the other port", () => service.current?.instances[0]?.port === 2);
      await bench.eventually("the first one to know", () => !first.registered);
      await bench.pause(bench.rig.promptMs);
      assert.equal((await entriesOf(a.coord)).length, 1);
      assert.equal(second.registered, true, "they fight for the id");
      await second.close({ drainMs: 0 });
      await bench.eventually("the first one to come back", () => service.current?.instances[0]?.port === 1);
      await first.close({ drainMs: 0 });
      await showing(bench, service, "");
    },
  },
  {
    title: "register: in one client `takeover` replaces too, and the handle that was replaced takes nothing away",
    async run(bench) {
      const { discovery, coord } = await party(bench);
      const first = await discovery.register(instance("a", { port: 1 }));
      const second = await discovery.register(instance("a", { port: 2 }), { takeover: true });
      const service = discovery.service("orders");
      await bench.eventually("the other port", () => service.current?.instances[0]?.port === 2);
      await first.close({ drainMs: 0 });
      await bench.pause(bench.rig.promptMs);
      assert.equal((await entriesOf(coord)).length, 1);
      assert.equal(second.registered, true);
      assert.equal(service.current?.instances[0]?.port, 2);
    },
  },
  {
    title: "register: in one client a `takeover` that comes to nothing gives the instance back to the one before",
    async run(bench) {
      let slow = false;
      const a = await party(bench, {}, (store) => ({
        ...store,
        commit: async (commit, options) => {
          if (slow) await bench.pause(300);
          return store.commit(commit, options);
        },
      }));
      const portOf = async () => {
        const [entry] = await entriesOf(a.coord);
        return entry && JSON.parse(Buffer.from(entry.value).toString()).port;
      };
      const tryIn = (waitMs: number) => a.discovery.register(instance("a", { port: 2 }), { takeover: true, waitMs });
      const first = await a.discovery.register(instance("a", { port: 1 }));
      slow = true;
      const tries = await Promise.allSettled([tryIn(20), tryIn(60)]); // the second takes over from the first
      assert.ok(tries.every((each) => each.status === "rejected" && CoordError.is(each.reason, "TIMEOUT")));
      slow = false;
      await bench.pause(bench.rig.promptMs + 700);
      await bench.eventually("it to be back", async () => first.registered && (await portOf()) === 1);
      await first.update({ weight: 2 });
      assert.equal(first.registered, true);
      slow = true;
      const late = tryIn(50);
      const closed = first.close({ drainMs: 0 });
      await assert.rejects(late, (error) => CoordError.is(error, "TIMEOUT"));
      slow = false;
      await closed;
      await bench.eventually("nothing left", async () => (await entriesOf(a.coord)).length === 0);
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(await entriesOf(a.coord), []);
      const next = await a.discovery.register(instance("a", { port: 3 }));
      assert.equal(next.registered, true);
    },
  },
  {
    title:
      "register: the entry of a process that is gone from this machine is replaced at once, one of another machine isn't",
    async run(bench) {
      const a = await party(bench);
      const mine = await a.discovery.register(instance("mine"));
      const [entry] = await entriesOf(a.coord);
      const written = JSON.parse(Buffer.from(entry?.value ?? []).toString());
      await mine.close({ drainMs: 0 });
      const { registrant } = written;
      await strangers(bench, {
        dead: { ...written, registrant: { ...registrant, pid: 2 ** 30 } },
        restarted: { ...written, registrant: { ...registrant, run: "another one" } },
        elsewhere: { ...written, registrant: { ...registrant, host: "another", pid: 2 ** 30 } },
        living: { ...written, registrant: { ...registrant, pid: process.ppid } },
        unknown: { ...written, registrant: undefined },
      });
      const startMs = bench.rig.runtime.now();
      await a.discovery.register(instance("dead"));
      await a.discovery.register(instance("restarted"));
      assert.ok(bench.rig.runtime.now() - startMs < bench.rig.ttlMs, "it was waited for");
      for (const id of ["elsewhere", "living", "unknown"]) {
        await assert.rejects(
          a.discovery.register(instance(id)),
          (error) => CoordError.is(error, "DUPLICATE_INSTANCE"),
          id,
        );
      }
    },
  },
  {
    title: "register: an update replaces in place, so that no view ever misses the instance",
    async run(bench) {
      const { discovery } = await party(bench);
      const me = await discovery.register(instance("a", { zone: "z" }));
      const service = (await party(bench)).discovery.service("orders");
      await showing(bench, service, "a");
      const { views, done } = told(service);
      for (let weight = 2; weight < 12; weight += 1) await me.update({ weight });
      await me.update({ status: "warning", metadata: { last: true } });
      await bench.eventually("the last one", () => service.current?.instances[0]?.metadata.last === true);
      const [shown] = service.current?.instances ?? [];
      assert.deepEqual([shown?.weight, shown?.zone, shown?.status], [11, "z", "warning"]);
      assert.ok(views.every((view) => idsOf(view) === "a"));
      assert.ok(views.length <= 12, `${views.length} changes`);
      await assert.rejects(me.update({ weight: -1 }), (error) => CoordError.is(error, "USAGE"));
      done.abort();
      await me.close({ drainMs: 0 });
      await assert.rejects(me.update({ weight: 1 }), (error) => CoordError.is(error, "CLOSED"));
    },
  },
  {
    title:
      "register: it comes back when its session ends, when it is cut off beyond its ttl, and when somebody removes it",
    async run(bench) {
      const a = await party(bench);
      const b = await party(bench);
      const me = await a.discovery.register(instance("a", { weight: 2 }));
      const service = b.discovery.service("orders");
      await showing(bench, service, "a");
      const before = (await entriesOf(b.coord))[0]?.order ?? 0n;
      await bench.rig.expire(sessionOf(a.coord));
      const after = await bench.eventually("the next session's entry", async () => {
        const [entry] = await entriesOf(b.coord);
        return entry && entry.order > before && entry.session === a.coord.status().session?.id && entry;
      });
      a.network.refuse();
      await bench.eventually(
        "it to be gone",
        async () => (await entriesOf(b.coord)).length === 0,
        bench.rig.ttlMs + bench.rig.lateMs + 10_000,
      );
      assert.equal(me.registered, false);
      a.network.heal();
      await showing(bench, service, "a", 30_000);
      await bench.eventually("to know", () => me.registered);
      assert.ok(((await entriesOf(b.coord))[0]?.order ?? 0n) > after.order);
      await b.coord.store.commit({ writes: [{ remove: `${directory}/a` }] });
      await bench.eventually("it to be back", async () => (await entriesOf(b.coord)).length === 1);
      await showing(bench, service, "a");
      assert.equal(service.current?.instances[0]?.weight, 2);
    },
  },
  {
    title: "register: while the session lives through a reconnect nothing flaps",
    async run(bench) {
      const a = await party(bench);
      await a.discovery.register(instance("a"));
      const b = await party(bench);
      const service = b.discovery.service("orders");
      await showing(bench, service, "a");
      const { views, done } = told(service);
      const [before] = await entriesOf(b.coord);
      for (let count = 0; count < 3; count += 1) {
        a.network.reset();
        await bench.pause(bench.rig.promptMs);
      }
      await bench.eventually("to be connected", () => a.coord.state === "connected");
      await bench.pause(bench.rig.promptMs);
      assert.deepEqual(await entriesOf(b.coord), [before]);
      assert.ok(views.length <= 1, `${views.length} changes`);
      done.abort();
    },
  },
  {
    title: "register: an update that is made while the store is out of reach is there when it is back",
    async run(bench) {
      const a = await party(bench);
      const service = (await party(bench)).discovery.service("orders");
      const me = await a.discovery.register(instance("a"));
      a.network.refuse();
      await assert.rejects(me.update({ weight: 5 }, { waitMs: 50 }), (error) => CoordError.is(error, "TIMEOUT"));
      const written = me.update({ weight: 6 });
      a.network.heal();
      await written;
      await bench.eventually("the weight", () => service.current?.instances[0]?.weight === 6);
    },
  },
];
