import assert from "node:assert/strict";
import { Discovery } from "@coord/discovery";
import type { Case } from "../rig.ts";
import { instance, party } from "./instances.ts";

/** What services there are. */
export const servicesCases: readonly Case[] = [
  {
    title: "services: all names that somebody is registered for, in their order, with slashes and any letters in them",
    async run(bench) {
      const { discovery } = await party(bench);
      assert.deepEqual(await discovery.services(), []);
      const names = ["orders", "team", "team/billing", "team/ü 😀", "a/b/c"];
      const all = await Promise.all(names.map((name) => discovery.register({ ...instance("1"), name })));
      const elsewhere = await party(bench);
      assert.deepEqual(await elsewhere.discovery.services(), [...names].sort());
      await Promise.all(all.slice(2).map((one) => one.close({ drainMs: 0 })));
      assert.deepEqual(await elsewhere.discovery.services(), ["orders", "team"]);
      const curators = new Discovery(elsewhere.coord, { format: "curator", base: "curators" });
      assert.deepEqual(await curators.services(), []);
      await curators.register({ ...instance("1"), name: "theirs" });
      assert.deepEqual(await curators.services(), ["theirs"]);
    },
  },
];
