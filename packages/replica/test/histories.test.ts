import type { Events, RecipeContext, Snapshot } from "@coord/core/recipe";
import type { Entry } from "@coord/core/spi";
import { expect, test } from "vitest";
import { Contents } from "../src/contents.ts";
import { LocalCopy } from "../src/local-copy.ts";
import type { SharedMapEvents } from "../src/options.ts";
import { Values } from "../src/values.ts";

const values = new Values<string>({});
const entry = (key: string, value: string, version = "7"): Entry => ({
  key: `m/${key}`,
  value: Buffer.from(JSON.stringify(value)),
  version,
  order: 3n,
  session: undefined,
});

test("one version of two histories is two writes", async () => {
  const before = await new Contents<string>().next([entry("k", "lost"), entry("same", "s")], 9n, "m", values);
  const after = await before.next([entry("k", "other"), entry("same", "s")], 9n, "m", values);
  expect(after.entries.get("k")?.value).toBe("other");
  expect(after.changesSince(before)).toMatchObject([
    { kind: "updated", key: "k", now: { value: "other" }, before: { value: "lost" } },
  ]);
});

test("that the store was restored is told with the contents that are of it, and once", async () => {
  const told: unknown[] = [];
  const events = { emit: (...event: unknown[]) => told.push(event[0]) } as unknown as Events<SharedMapEvents<string>>;
  const shown: Snapshot[] = [];
  let more = () => {};
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  async function* watch() {
    for (;;) {
      yield* shown.splice(0);
      await new Promise<void>((resolve) => {
        more = resolve;
      });
    }
  }
  const context = { store: { watch }, logger } as unknown as RecipeContext;
  const copy = new LocalCopy<string>({ context, name: "m", under: "m", values, events });
  const show = async (...snapshots: Partial<Snapshot>[]) => {
    for (const each of snapshots)
      shown.push({ entries: [], revision: 9n, stale: false, history: 0, ...each } as Snapshot);
    more();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await show({ entries: [entry("k", "lost")] });
  await show({ stale: true, history: 1 });
  expect(told).toEqual(["change", "stale", "stale"]);
  expect(copy.contents.entries.get("k")?.value).toBe("lost");
  await show({ entries: [entry("k", "older", "5")], revision: 5n, history: 1 });
  await show({ entries: [entry("k", "older", "5")], revision: 6n, history: 1 });
  expect(told).toEqual(["change", "stale", "stale", "restored", "change", "stale"]);
  expect(copy.contents.entries.get("k")?.value).toBe("older");
  copy.close();
});
