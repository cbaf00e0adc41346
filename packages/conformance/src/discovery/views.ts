import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import type { Store } from "@coord/core/spi";
import { Discovery } from "@coord/discovery";
import type { Case } from "../rig.ts";
import { directory, entriesOf, idsOf, instance, overhearing, party, showing, strangers, told } from "./instances.ts";

const written = (port = 80) => ({ address: "10.0.0.1", port });
const six = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((id) => [id, written()]));

/** What is seen of a service: rules 37, 38 and 47. */
export const viewCases: readonly Case[] = [
  {
    title: "view: the first answer is complete and by id; each change comes once, and without a change there is none",
    async run(bench) {
      const a = await party(bench);
      const ids = Array.from({ length: 20 }, (_, index) => `i-${String(19 - index).padStart(2, "0")}`);
      const all = await Promise.all(ids.map((id) => a.discovery.register(instance(id))));
      const b = await party(bench);
      const service = b.discovery.service("orders");
      const { views, done } = told(service);
      await showing(bench, service, [...ids].sort().join(" "));
      assert.equal(views.length, 1, "the first answer came in pieces");
      const [entry] = await entriesOf(b.coord);
      assert.ok(entry);
      await b.coord.store.commit({ writes: [{ update: entry, value: entry.value }] });
      await bench.pause(bench.rig.promptMs);
      assert.equal(views.length, 1, "the same words are no change");
      await all[0]?.update({ weight: 2 });
      await bench.eventually("the change", () => views.length === 2);
      const [before, after] = views;
      assert.equal(after?.instances[19]?.weight, 2);
      assert.ok(
        before?.instances.slice(0, 19).every((each, index) => each === after?.instances[index]),
        "others were replaced",
      );
      done.abort();
    },
  },
  {
    title: "view: while the store is out of reach it serves the last list, says so, and how old it is",
    async run(bench) {
      const a = await party(bench);
      const me = await a.discovery.register(instance("a"));
      const b = await party(bench);
      const service = b.discovery.service("orders");
      assert.equal((await showing(bench, service, "a")).ageMs, 0);
      const { views, done } = told(service);
      b.network.refuse();
      await bench.eventually("to be stale", () => service.current?.stale, 15_000);
      assert.equal(service.pick().instance.id, "a");
      await me.close({ drainMs: 0 });
      await bench.pause(50);
      const { stale, ageMs } = service.current ?? { stale: false, ageMs: 0 };
      assert.deepEqual([stale, idsOf(service.current), ageMs >= 40], [true, "a", true]);
      assert.ok(views.at(-1)?.stale, "who watches was not told");
      b.network.heal();
      await showing(bench, service, "", 30_000);
      assert.ok(
        views.every(
          (view, index) =>
            index === 0 || view.stale !== views[index - 1]?.stale || idsOf(view) !== idsOf(views[index - 1]),
        ),
      );
      done.abort();
    },
  },
  {
    title: "view: a service that nobody serves is an empty list, and not nothing",
    async run(bench) {
      const { discovery } = await party(bench);
      const service = discovery.service("nobody/at/all");
      for await (const view of service.watch()) {
        assert.deepEqual([view.instances, view.stale], [[], false]);
        break;
      }
      await assert.rejects(
        service.ready({ waitMs: 50 }),
        (error) => CoordError.is(error, "TIMEOUT") && /none is registered/.test(error.message),
      );
    },
  },
  {
    title: "view: when most vanish at once they are shown for a while longer, marked; then they go",
    async run(bench) {
      const { store, session } = await strangers(bench, six);
      const b = await party(bench);
      const service = b.discovery.service("orders", { guard: { keepMs: 4_000 } });
      const trusting = b.discovery.service("orders", { guard: false });
      await showing(bench, service, "a b c d e f");
      await session.close();
      await showing(bench, trusting, "");
      await bench.eventually(
        "them to be marked",
        () => service.current?.instances.every(({ kept }) => kept) && idsOf(service.current) === "a b c d e f",
      );
      assert.ok(service.pick().instance.kept, "they can be called");
      const again = await bench.session(store);
      const value = Buffer.from(JSON.stringify(written(81)));
      await store.commit({ writes: [{ create: `${bench.at}/${directory}/c`, value, session: again }] });
      await bench.eventually(
        "one to be back",
        () => service.current?.instances[2]?.port === 81 && service.current.instances[2]?.kept === false,
      );
      assert.equal(idsOf(service.current), "a b c d e f");
      await showing(bench, service, "c");
    },
  },
  {
    title:
      "view: when most vanish one after the other within the window it is the same, and those that vanished first are shown again",
    async run(bench) {
      const b = await party(bench);
      const service = b.discovery.service("orders", { guard: { keepMs: 1_000 } });
      await strangers(bench, six);
      await showing(bench, service, "a b c d e f");
      for (const id of Object.keys(six)) {
        await b.coord.store.commit({ writes: [{ remove: `${directory}/${id}` }] });
        await bench.pause(20);
      }
      await bench.eventually("all of them", () => idsOf(service.current) === "a b c d e f");
      await showing(bench, service, "");
    },
  },
  {
    title: "view: those who leave on purpose are gone at once, however many; so are a few",
    async run(bench) {
      const a = await party(bench);
      const all = await Promise.all(Object.keys(six).map((id) => a.discovery.register(instance(id))));
      const service = (await party(bench)).discovery.service("orders");
      await showing(bench, service, "a b c d e f");
      const { views, done } = told(service);
      await Promise.all(all.map((each) => each.close({ drainMs: bench.rig.promptMs * 2 })));
      await showing(bench, service, "");
      const { session } = await strangers(bench, { x: written(), y: written() });
      await showing(bench, service, "x y");
      await session.close();
      await showing(bench, service, "");
      assert.ok(views.every(({ instances }) => instances.every(({ kept }) => !kept)));
      done.abort();
    },
  },
  {
    title: "view: fifty of one client share one watch, and one delivery of each change",
    async run(bench) {
      let watches = 0;
      let deliveries = 0;
      const counting = (store: Store): Store => ({
        ...store,
        async *watch(scope, options) {
          watches += 1;
          for await (const snapshot of store.watch(scope, options)) {
            deliveries += 1;
            yield snapshot;
          }
        },
      });
      const b = await party(bench, {}, counting);
      const services = Array.from({ length: 50 }, () => new Discovery(b.coord).service("orders"));
      const { store, session } = await strangers(bench, { a: written() }); // which may make a directory on the way, and be told in two steps
      await Promise.all(services.map((service) => showing(bench, service, "a")));
      const before = deliveries;
      await store.commit({
        writes: [{ create: `${bench.at}/${directory}/b`, value: Buffer.from(JSON.stringify(written())), session }],
      });
      await Promise.all(services.map((service) => showing(bench, service, "a b")));
      assert.equal(watches, 1);
      assert.equal(deliveries - before, 1);
      await Promise.all(services.map((service) => service.close()));
      await showing(bench, b.discovery.service("orders"), "a b");
      assert.equal(watches, 2, "a view that all have left is followed no more");
    },
  },
  {
    title: "view: what makes no sense is passed over, counted, and told without its words; it harms nothing",
    async run(bench) {
      const { words, logger } = overhearing();
      const b = await party(bench, { logger });
      const service = b.discovery.service("orders");
      const { maxValueBytes } = b.coord.store.traits;
      const secret = "s3cr3t-\u0007";
      const nonsense = {
        empty: "",
        "not-json": `{"address":"${secret}`,
        text: JSON.stringify(secret),
        list: [secret],
        nothing: null,
        "no-port": { address: secret },
        "bad-port": { address: secret, port: "80" },
        "far-port": { address: secret, port: 1e9 },
        "no-address": { port: 80, metadata: secret },
        "url-address": { address: `http://${secret}`, port: 80 },
        "path-address": { address: `10.0.0.1/${secret}`, port: 80 },
        "user-address": { address: `10.0.0.1@${secret}`, port: 80 },
        "spaced-address": { address: "10.0.0.1\r\nHost: other", port: 80 },
        deep: `{"address":"x","port":1,"metadata":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`,
        large: `"${secret.repeat((maxValueBytes - 2) / secret.length)}"`,
      };
      await strangers(bench, nonsense);
      const polluted = `{"address":"10.0.0.1","port":80,"metadata":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"fine":1},"ports":{"__proto__":5},"status":"__proto__","weight":"Infinity"}`;
      const heavy = { ...written(), metadata: { text: "x".repeat(maxValueBytes - 100) } };
      await strangers(bench, { heavy, polluting: polluted, sound: written() });
      await showing(bench, service, "heavy polluting sound");
      assert.equal(service.current?.rejected, Object.keys(nonsense).length);
      const [, polluting] = service.current?.instances ?? [];
      assert.deepEqual({ ...polluting?.metadata }, { fine: 1 });
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
      assert.deepEqual([polluting?.status, polluting?.weight], ["passing", 1]);
      assert.equal(words.filter((word) => /makes no sense/.test(word)).length, Object.keys(nonsense).length);
      assert.ok(
        words.every((word) => !word.includes("s3cr3t")),
        "the words of strangers were logged",
      );
    },
  },
  {
    title: "view: it ends with its handle and with the client; what is asked of it then is a ClosedError",
    async run(bench) {
      const b = await party(bench);
      const one = b.discovery.service("orders");
      const other = b.discovery.service("orders");
      const seen = [told(one), told(other)];
      await Promise.all([showing(bench, one, ""), showing(bench, other, "")]);
      const waiting = other.ready().catch((error: unknown) => error);
      await one.close();
      assert.equal(await seen[0]?.ended, "ended");
      assert.throws(
        () => one.pick(),
        (error) => CoordError.is(error, "CLOSED"),
      );
      await b.coord.close();
      assert.equal(await bench.within(2_000, "the end", seen[1]?.ended ?? Promise.resolve("")), "ended");
      assert.ok(CoordError.is(await waiting, "CLOSED"));
      assert.throws(
        () => other.pick(),
        (error) => CoordError.is(error, "CLOSED"),
      );
      await assert.rejects(
        other.call(() => "x"),
        (error) => CoordError.is(error, "CLOSED"),
      );
    },
  },
];
