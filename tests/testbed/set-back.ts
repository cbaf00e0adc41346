import { Config } from "@coord/config";
import type { RigNetwork } from "@coord/conformance";
import type { Coord } from "@coord/core";
import { SharedMap } from "@coord/replica";
import { expect } from "vitest";
import { z } from "zod";
import { eventually } from "./eventually.ts";
import { following } from "./following.ts";

const schema = z.object({ k: z.string() });

export interface SetBack {
  client(): Promise<{ readonly coord: Coord; readonly network: RigNetwork }>;
  /** Keeps the store's state as it is now. The result sets the store back to it. */
  remember(): Promise<() => Promise<void>>;
  /** How soon after that it shows the old state. */
  readonly withinMs: number;
}

/**
 * A map and a configuration whose store is set back to an older state say so before they show it.
 * @param since how much is written before the one that looks is there again: none, it has been there all the time
 */
export async function toldOfTheOldState({ client, remember, withinMs }: SetBack, since: number): Promise<void> {
  const { coord, network } = await client();
  const map = await SharedMap.open<string>(coord, "m");
  await map.set("k", "old");
  await map.set("kept", "old");
  await using config = await Config.open(coord, "c", { schema, defaults: { k: "default" } });
  await using folder = await Config.openAll(coord, "f", { schema });
  await config.set({ k: "old" });
  await folder.update({ one: () => ({ k: "old" }) });
  const restore = await remember();
  for (let round = 0; round < 20; round += 1) await map.set("k", `new ${round}`);
  await config.set({ k: "new" });
  await folder.update({ one: () => ({ k: "new" }) });
  const isShown = (k: string) => config.current.k === k && folder.current.get("one")?.k === k;
  await eventually("the new configuration", () => isShown("new"));
  const told = following(map);
  const seen: string[] = [];
  config.on("restored", ({ before }) => seen.push(`restored, ${before > 0n}, ${config.current.k}`));
  config.on("change", ({ k }) => seen.push(k));
  folder.on("restored", () => seen.push("folder restored"));
  folder.on("change", (now) => seen.push(`folder ${now.get("one")?.k}`));
  if (since > 0) network.refuse();
  await restore();
  const writer = await SharedMap.open<string>((await client()).coord, "m");
  for (let round = 0; round < since; round += 1) await writer.set("other", `${round}`);
  network.heal();
  await eventually("the old state", () => !map.stale && map.get("k") === "old", { within: withinMs });
  await eventually("the old configuration", () => isShown("old"));
  expect(seen.filter((each) => !each.startsWith("folder"))).toEqual(["restored, true, new", "old"]);
  expect(seen.filter((each) => each.startsWith("folder"))).toEqual(["folder restored", "folder old"]);
  expect(told.restored).toBe(1);
  expect(told.events.filter((event) => event !== "stale" && event !== "fresh")[0]).toBe("restored");
  expect(told.smallest).toBe(2);
  await eventually("a write", () => map.set("k", "after").then(Boolean, () => false), { within: 20_000 });
  expect(map.get("k")).toBe("after");
  expect(told.restored).toBe(1);
}
