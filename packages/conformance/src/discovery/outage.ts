import assert from "node:assert/strict";
import type { Runtime, TimerOptions } from "@coord/core";
import { faulty } from "../faulty.ts";
import type { Bench, Case } from "../rig.ts";
import { idsOf, instance, party, showing } from "./instances.ts";

const clients = 3;
const perClient = 40;
/** How soon after the store's return all is as it was. */
const backMs = 15_000;

/** What one client does while its store is away, a second on average. */
const mostCallsPerSecond = 5;
/** The same for each session that it has to give back: among the timers are those of its connection. */
const mostTimersPerSecond = 30;
/** At any one time: fewer than there are instances, of which none has one of its own. */
const mostTimers = 30;

/** A client of which is counted what it asks and how many timers it has. */
async function member(bench: Bench, index: number) {
  const { runtime } = bench.rig;
  const counts = { sessions: 1, calls: 0, fired: 0, pending: 0, mostPending: 0 };
  const calls: string[] = [];
  const commits: number[] = [];
  const timer: Runtime["timer"] = (delayMs: number, fire: () => void, options?: TimerOptions) => {
    counts.pending += 1;
    counts.mostPending = Math.max(counts.mostPending, counts.pending);
    let over = false;
    const end = () => {
      if (!over) counts.pending -= 1;
      over = true;
    };
    const timed = runtime.timer(
      delayMs,
      () => {
        end();
        counts.fired += 1;
        fire();
      },
      options,
    );
    return {
      cancel: () => {
        end();
        timed.cancel();
      },
    };
  };
  const counting: Runtime = {
    now: () => runtime.now(),
    wallClock: () => runtime.wallClock(),
    random: () => runtime.random(),
    uniqueId: () => runtime.uniqueId(),
    timer,
  };
  const { coord, network, discovery } = await party(bench, { runtime: counting }, (store) =>
    faulty(store, runtime, (_, verb) => {
      counts.calls += 1;
      calls.push(`${verb} at ${Math.round(runtime.now())}`);
      if (verb === "commit") commits.push(runtime.now());
      return undefined;
    }),
  );
  coord.on("state", (now, before) => {
    if (now === "connected" && before === "lost") counts.sessions += 1;
  });
  const ids = Array.from({ length: perClient }, (_, nth) => `i-${index}-${nth}`);
  const registrations = await Promise.all(ids.map((id) => discovery.register(instance(id))));
  return { coord, counts, calls, network, ids, registrations, commits, service: discovery.service("orders") };
}

/** A store that is away for longer than any session lives: rules 34 and 37. */
export const outageCases: readonly Case[] = [
  {
    title:
      "outage: however long the store is away, every instance is back soon after it, the clients one after the other; meanwhile they ask at a steady pace, and have no more timers the longer it lasts",
    async run(bench) {
      const { ttlMs, lateMs, runtime, outageMs = ttlMs + lateMs + 8_000 } = bench.rig;
      const members = await Promise.all(Array.from({ length: clients }, (_, index) => member(bench, index)));
      const all = members
        .flatMap(({ ids }) => ids)
        .sort()
        .join(" ");
      for (const { service } of members) await showing(bench, service, all);
      for (const { network } of members) network.refuse();
      await bench.pause(ttlMs); // also one that was lost before may have been opened anew at the last moment
      await bench.eventually("all to have lost their sessions", () =>
        members.every(
          ({ coord, registrations }) => coord.state === "lost" && registrations.every(({ registered }) => !registered),
        ),
      );
      await bench.eventually("to be stale", () => members.every(({ service }) => service.current?.stale));
      await bench.pause(1_000); // each instance waits a little, at random, before it looks for the next session
      const before = members.map(({ counts, calls }) => {
        counts.mostPending = counts.pending;
        calls.length = 0;
        return { ...counts };
      });
      const sinceMs = runtime.now();
      await bench.pause(outageMs - ttlMs - lateMs);
      const seconds = (runtime.now() - sinceMs) / 1_000;
      for (const [index, { coord, counts, calls, service }] of members.entries()) {
        const story = `${calls.join(", ")}; now, at ${Math.round(runtime.now())}, it is ${coord.state}`;
        const paceOf = (what: "calls" | "fired") => (counts[what] - (before[index]?.[what] ?? 0)) / seconds;
        assert.ok(paceOf("calls") <= mostCallsPerSecond, `${paceOf("calls")} calls a second: ${story}`);
        assert.ok(paceOf("calls") > 0, `it has stopped trying: ${story}`);
        assert.ok(paceOf("fired") <= mostTimersPerSecond * counts.sessions, `${paceOf("fired")} timers a second`);
        assert.ok(counts.mostPending <= mostTimers, `${counts.mostPending} timers at a time`);
        assert.equal(idsOf(service.current), all, "it shows what it knew");
        assert.ok((service.current?.ageMs ?? 0) >= seconds * 1_000 - 1, `${service.current?.ageMs} ms old`);
        assert.ok(service.pick().instance.id);
      }
      for (const { commits } of members) commits.length = 0;
      for (const { network } of members) network.heal();
      for (const { service } of members) await showing(bench, service, all, backMs);
      await bench.eventually("all to know", () =>
        members.every(({ registrations }) => registrations.every(({ registered }) => registered)),
      );
      const firstMs = members.map(({ commits }) => Math.min(...commits));
      const spreadMs = Math.max(...firstMs) - Math.min(...firstMs);
      assert.ok(spreadMs >= 5, `all came back within ${spreadMs} ms of each other`);
    },
  },
];
