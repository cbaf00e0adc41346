import assert from "node:assert/strict";
import { CoordError } from "@coord/core";
import { countedClient } from "../counting.ts";
import type { Case } from "../rig.ts";
import { repairable, troubledClient } from "../troubled.ts";
import { cyclic, double, type Party, parties, presentAre, settled } from "./parties.ts";
import { isBroken } from "./phases.ts";

/** What a double barrier costs, and what it does when a call fails: rules 10 and 32. */
export const phaseFaultCases: readonly Case[] = [
  {
    title: "costs: a double barrier costs each party the same few requests, however many there are",
    async run(bench) {
      const most: number[] = [];
      for (const count of [4, 16]) {
        const clients = await Promise.all(Array.from({ length: count }, () => countedClient(bench)));
        const barriers = clients.map(({ coord }) => ({ coord }) as Party);
        await Promise.all(
          barriers.map((party) => double({ ...party, coord: party.coord }, count).run(() => {}, { waitMs: 60_000 })),
        ).catch((error) => {
          throw error;
        });
        most.push(Math.max(...clients.map(({ requests }) => requests.length)));
        await first(clients).coord.store.commit({ writes: [{ remove: "b/state" }] });
      }
      assert.ok((most[1] ?? 99) <= 12, `${most.join(" and ")} requests`);
    },
  },
  {
    title: "close: whoever waits at a barrier is told, and the others are",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const closed = settled(cyclic(first, 3).arrive());
      const patient = settled(cyclic(second, 3).arrive());
      await presentAre(bench, second, 2);
      await bench.within(2_000, "close()", first.coord.close());
      assert.ok(CoordError.is(await closed, "CLOSED"));
      assert.ok(isBroken(await bench.within(bench.rig.ttlMs + 5_000, "the verdict", patient)));
    },
  },
  {
    title: "close: whoever waits at a barrier breaks it, also when nobody is there to see it go",
    async run(bench) {
      const [first, second] = await parties(bench, 2);
      assert.ok(first && second);
      const closed = settled(cyclic(first, 3).arrive());
      await presentAre(bench, second, 1);
      await first.coord.close();
      assert.ok(CoordError.is(await closed, "CLOSED"));
      const state = await second.coord.store.get("b/state");
      const { generation } = JSON.parse(new TextDecoder().decode(state?.value));
      assert.equal(generation, 1, "the generation that it came to is over");
    },
  },
  {
    title: "faults: whichever call of entering and leaving fails once, both parties come through",
    async run(bench) {
      const { coord: watcher } = await bench.coord();
      for (const fault of repairable) {
        for (let nth = 0; nth < 7; nth += 1) {
          const { coord } = await troubledClient(bench, fault, nth);
          const members = await Promise.all(
            [coord, watcher].map((client) => double({ coord: client } as Party, 2).enter({ waitMs: 30_000 })),
          );
          await Promise.all(members.map((member) => member.leave({ waitMs: 30_000 })));
          await coord.close();
        }
      }
      await presentAre(bench, { coord: watcher } as Party, 0, bench.rig.ttlMs * 3);
    },
  },
  {
    title: "faults: a session that ends under any call at a barrier gives all the others one verdict",
    async run(bench) {
      for (let nth = 0; nth < 6; nth += 1) {
        const { coord } = await troubledClient(bench, "expire", nth);
        const [second, third] = await parties(bench, 2);
        assert.ok(second && third);
        const outcomes = await Promise.all(
          [{ coord } as Party, second, third].map((party) =>
            settled(cyclic(party, 3).arrive({ waitMs: bench.rig.ttlMs * 3 })),
          ),
        );
        const others = outcomes.slice(1).map((outcome) => !(outcome instanceof Error));
        assert.equal(others[0], others[1], outcomes.map(String).join(", "));
        if (!(outcomes[0] instanceof Error)) assert.ok(others[0], outcomes.map(String).join(", "));
        await coord.close();
      }
    },
  },
];

const first = <T>(items: readonly T[]): T => {
  const [item] = items;
  if (!item) throw new Error("there is none");
  return item;
};
