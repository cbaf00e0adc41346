import assert from "node:assert/strict";
import { CoordError, type LockLostError } from "@coord/core";
import { Mutex } from "@coord/lock";
import { bytes, type Case } from "../rig.ts";

const isLoss = (error: unknown, reason: LockLostError["reason"]) =>
  CoordError.is(error, "LOCK_LOST") && (error as LockLostError).reason === reason;

/** How a holder learns that it holds no more: rules 1 to 4 and 13, and the session that comes after. */
export const lossCases: readonly Case[] = [
  {
    title: "hold: when the store falls silent its signal aborts before the store lets the next one in",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      let lostMs: number | undefined;
      hold.signal.addEventListener("abort", () => (lostMs = bench.rig.runtime.now()));
      const next = new Mutex(other, "m").acquire().then((granted) => ({ granted, atMs: bench.rig.runtime.now() }));
      await bench.pause(bench.rig.promptMs);
      network.stall();
      const { granted, atMs } = await next;
      assert.ok(lostMs !== undefined && lostMs < atMs, `lost at ${lostMs}, granted at ${atMs}`);
      assert.ok(isLoss(hold.signal.reason, "deadline"), String(hold.signal.reason));
      assert.throws(hold.check, (error) => isLoss(error, "deadline"));
      assert.equal(await hold.release(), "lost");
      assert.ok(granted.fencingToken > hold.fencingToken);
      network.heal();
      await bench.pause(bench.rig.ttlMs);
      granted.check();
      await granted.release();
    },
  },
  {
    title: "hold: is told when it is suspended and when it is not any more, and keeps the lock meanwhile",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const told: string[] = [];
      hold.on("suspended", () => {
        told.push("suspended");
        throw new Error("a listener that throws harms nobody");
      });
      hold.on("suspended", () => told.push("also told"));
      hold.on("resumed", () => told.push("resumed"));
      hold.on("lost", () => told.push("lost"));
      network.refuse();
      await bench.eventually("suspended", () => coord.state === "suspended" && told.length === 2);
      hold.check();
      assert.equal(await new Mutex(other, "m").tryAcquire(), null);
      network.heal();
      await bench.eventually("resumed", () => coord.state === "connected" && told.length === 3);
      assert.deepEqual(told, ["suspended", "also told", "resumed"]);
      hold.check();
      assert.equal(await hold.release(), "released");
    },
  },
  {
    title: "hold: nobody hears that the session is lost while a hold of it still counts",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const holds = await Promise.all(["a", "b"].map((name) => new Mutex(coord, name).acquire()));
      const counted: boolean[] = [];
      const look = () => {
        for (const hold of holds) counted.push(!hold.lost || !hold.signal.aborted || hold.remainingMs > 0);
      };
      for (const hold of holds) hold.signal.addEventListener("abort", look);
      coord.on("state", (now) => now === "lost" && look());
      network.stall();
      await bench.eventually("the loss", () => counted.length === 6, bench.rig.ttlMs * 2);
      assert.deepEqual(counted, Array(6).fill(false));
      network.heal();
    },
  },
  {
    title: "hold: who begins to listen late is told what is so already",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const told: string[] = [];
      network.refuse();
      await bench.eventually("suspended", () => coord.state === "suspended");
      hold.on("suspended", () => told.push("suspended")).on("resumed", () => told.push("resumed"));
      await bench.eventually("being told", () => told.length === 1);
      network.heal();
      await bench.eventually("resumed", () => told.length === 2);
      await bench.rig.expire(coord.status().session?.id ?? "");
      await bench.eventually("the loss", () => hold.lost, 2_000);
      hold.on("lost", () => told.push("lost"));
      await bench.eventually("being told of the loss", () => told.length === 3);
      assert.deepEqual(told, ["suspended", "resumed", "lost"]);
      assert.deepEqual(coord.status().holds, []);
    },
  },
  {
    title: "client: a connection that breaks suspends it no longer than the next one takes",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const states: string[] = [];
      coord.on("state", (now) => states.push(now));
      network.reset();
      await coord.store.get("k"); // finds out
      await bench.eventually("connected again", () => coord.state === "connected", bench.rig.ttlMs / 4);
      assert.ok(!states.includes("lost"), states.join(", "));
    },
  },
  {
    title: "hold: a session that was ended at the server is a loss, known within a second",
    async run(bench) {
      const { coord } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      await bench.pause(200);
      await bench.rig.expire(coord.status().session?.id ?? "");
      await bench.eventually("the loss", () => hold.signal.aborted, 1_000);
      assert.ok(
        isLoss(hold.signal.reason, "session") || isLoss(hold.signal.reason, "deleted"),
        String(hold.signal.reason),
      );
      assert.equal(await hold.release(), "lost");
    },
  },
  {
    title: "hold: an entry that is removed by somebody else is a loss, known within a second",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const [entry] = (await other.store.list("m")).entries;
      assert.ok(entry);
      await other.store.commit({ writes: [{ remove: entry.key }] });
      await bench.eventually("the loss", () => hold.signal.aborted, 1_000);
      assert.ok(isLoss(hold.signal.reason, "deleted"), String(hold.signal.reason));
      assert.equal(await hold.release(), "lost");
      assert.equal(coord.state, "connected");
    },
  },
  {
    title: "hold: time that remains falls while nothing is renewed, and rises with a renewal",
    async run(bench) {
      const { coord } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const seen: number[] = [];
      await bench.eventually("a renewal to show", () => {
        seen.push(hold.remainingMs);
        return seen.some((remainingMs, index) => remainingMs > (seen[index - 1] ?? Number.POSITIVE_INFINITY));
      });
      assert.ok(seen.every((remainingMs) => remainingMs > 0 && remainingMs < bench.rig.ttlMs));
    },
  },
  {
    title: "hold: its guard lets a commit through while it is held, and no longer",
    async run(bench) {
      const { coord } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      const write = (value: string) =>
        coord.store.commit({ guards: [hold.guard], writes: [{ put: "balance", value: bytes(value) }] });
      await write("1");
      await hold.release();
      await assert.rejects(write("2"), (error) => CoordError.is(error, "CONFLICT"));
    },
  },
  {
    title: "hold: a guard of a hold that was lost stops the late write of a client that doesn't know yet",
    async run(bench) {
      const { coord } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      await bench.rig.expire(coord.status().session?.id ?? "");
      const next = await new Mutex(other, "m").acquire();
      await assert.rejects(
        coord.store.commit({ guards: [hold.guard], writes: [{ put: "balance", value: bytes("stale") }] }),
        (error) => CoordError.is(error, "CONFLICT"),
      );
      await next.release();
    },
  },
  {
    title: "client: comes back by itself after a loss, on a new session, and shows each state once",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const states: string[] = [];
      coord.on("state", (now, before) => {
        states.push(`${before} → ${now}`);
        throw new Error("a listener that throws harms nobody");
      });
      const before = coord.status().session?.id;
      network.stall();
      await bench.eventually("the loss", () => coord.state === "lost", bench.rig.ttlMs * 2);
      network.heal();
      await bench.eventually("the new session", () => coord.state === "connected", 15_000);
      assert.notEqual(coord.status().session?.id, before);
      assert.deepEqual(states, ["connected → suspended", "suspended → lost", "lost → connected"]);
      await (await new Mutex(coord, "m").acquire()).release();
    },
  },
  {
    title: "client: a session that was lost here is given back as soon as the store can be reached",
    async run(bench) {
      const { coord, network } = await bench.coord();
      const { coord: other } = await bench.coord();
      const hold = await new Mutex(coord, "m").acquire();
      network.stall("replies"); // the server still hears the renewals and keeps the session
      await bench.eventually("the loss", () => hold.signal.aborted, bench.rig.ttlMs * 2);
      network.reset();
      network.heal();
      const next = await new Mutex(other, "m").acquire({ waitMs: bench.rig.ttlMs * 3 });
      await next.release();
    },
  },
  {
    title: "client: an acquire that begins while there is no session waits for the next one",
    async run(bench) {
      const { coord, network } = await bench.coord();
      network.stall();
      await bench.eventually("the loss", () => coord.state === "lost", bench.rig.ttlMs * 2);
      const timedOut = new Mutex(coord, "m").acquire({ waitMs: 50 });
      await assert.rejects(timedOut, (error) => CoordError.is(error, "LOCK_TIMEOUT"));
      const wait = new Mutex(coord, "m").acquire();
      network.heal();
      await (await bench.within(15_000, "the hold", wait)).release();
    },
  },
];
