import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { Election, type Leadership } from "@coord/election";
import { contenders } from "../lock/kinds.ts";
import type { Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";

/** Each call of a leader's life fails once, in each way. */
export const faultCases: readonly Case[] = [
  {
    title: "faults: whichever call of campaign, proclaim and resign fails once, there is one leader, and then none",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const seen = new Election<string>(watcher, "m");
      for (const fault of repairable) {
        for (let nth = 0; nth < 6; nth += 1) {
          const { coord, hit } = await troubledClient(bench, fault, nth);
          const leadership = await new Election<string>(coord, "m", { id: "a" }).campaign({ waitMs: 10_000 });
          await leadership.proclaim(`${nth}`);
          assert.deepEqual(await seen.leader(), { id: "a", data: `${nth}`, term: leadership.term });
          assert.equal(await leadership.resign(), "released");
          assert.deepEqual(await seen.candidates(), []);
          if (nth < 4) assert.equal(hit.length, 1);
          await coord.close();
        }
      }
    },
  },
  {
    title: "faults: whichever call of a cancelled campaign fails once, no candidate is left",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      const leadership = await new Election(watcher, "m").campaign();
      for (const fault of [...repairable, "expire"] as const) {
        for (let nth = 0; nth < 3; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const cancel = new AbortController();
          const ended = new Election(coord, "m")
            .lead(() => "never", { signal: cancel.signal, rejoin: true })
            .catch((error: unknown) => error);
          await bench.pause(nth * 5);
          cancel.abort("enough");
          assert.equal(await ended, "enough");
          await bench.eventually(
            "only the leader to be left",
            async () => (await contenders(watcher)) === 1,
            bench.rig.ttlMs * 3,
          );
          await coord.close();
        }
      }
      await leadership.resign();
    },
  },
  {
    title: "faults: a session that ends under any call of a term leaves no leader behind",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (let nth = 0; nth < 5; nth += 1) {
        const { coord } = await troubledClient(bench, "expire", nth);
        const ended = await new Election<string>(coord, "m")
          .lead(async (leadership: Leadership<string>) => leadership.proclaim("here"), { waitMs: 10_000 })
          .catch((error: unknown) => error);
        assert.ok(ended === undefined || CoordError.is(ended, "SESSION_LOST", "LEADERSHIP_LOST"), String(ended));
        await bench.eventually("nobody to be left", async () => (await contenders(watcher)) === 0, bench.rig.ttlMs * 3);
        await coord.close();
      }
    },
  },
];
