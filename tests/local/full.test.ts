// The journal can grow no more, in the middle of a record: what was acknowledged is there, and whole, and the store goes on when there is room again.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { connect } from "@coord/local";
import { expect, onTestFinished, test } from "vitest";
import { TemporaryFolder } from "../testbed/temporary-folder.ts";
import { Process, program, type Told } from "./process.ts";

type Filled = Told & { readonly code?: string; readonly acknowledged: number };

/** Which round the store in this folder shows, having found that it shows all of it. */
async function shownRound(path: string): Promise<number> {
  await using coord = await connect({ path });
  const { entries } = await coord.store.list("filled");
  const shown = entries.map(({ value }) => Number.parseInt(new TextDecoder().decode(value), 10));
  expect(shown).toEqual([shown[0], shown[0]]);
  return shown[0] ?? 0;
}

test.skipIf(process.platform !== "linux")(
  "half a record on a full disk: the error names the disk, nothing acknowledged is lost or torn, and all goes on once there is room",
  async () => {
    const folder = await TemporaryFolder.create("coord-local");
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const store = join(folder.path, "store");
    const journal = join(store, "kept.log");
    const writer = new Process(await program("filler"), store);
    onTestFinished(() => writer[Symbol.asyncDispose]());
    await writer.told();
    const fill = async (times: number) => (await writer.ask(String(times))) as Filled;
    const limit = (bytes: string) =>
      execFileSync("prlimit", [`--pid=${writer.child.pid}`, `--fsize=${bytes}:unlimited`]);
    let revivals = 0;
    const afterPowerFailure = () => {
      revivals += 1;
      const revived = join(folder.path, `revived-${revivals}`);
      mkdirSync(revived);
      copyFileSync(journal, join(revived, "kept.log"));
      return shownRound(revived);
    };

    expect((await fill(20)).told).toBe("wrote");
    for (const room of [1_001, 2_500, 4_000]) {
      const grownTo = 100_000 + statSync(journal).size + room; // beyond what the other files have
      limit(String(grownTo));
      const full = await fill(1_000);
      expect(full.code).toBe("UNKNOWN_OUTCOME");
      expect(full.told).toContain(`the disk is full, at ${store}`);
      expect(statSync(journal).size).toBe(grownTo); // the record was cut off there
      expect((await fill(1)).code).toBe("UNKNOWN_OUTCOME"); // not a byte fits
      expect(await afterPowerFailure()).toBeGreaterThanOrEqual(full.acknowledged);
      limit("unlimited");
      const more = await fill(20);
      expect(more.told).toBe("wrote");
      expect(await afterPowerFailure()).toBe(more.acknowledged);
      expect(await shownRound(store)).toBe(more.acknowledged);
    }
    expect(writer.errors).toBe("");
  },
);
