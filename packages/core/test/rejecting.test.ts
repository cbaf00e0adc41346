import { expect, test } from "vitest";
import { checked } from "../src/checked.ts";
import { retry } from "../src/retry.ts";
import { systemRuntime } from "../src/runtime.ts";
import type { Store } from "../src/store.ts";

const broken = (): never => {
  throw new TypeError("on the spot");
};

test("an attempt that throws instead of rejecting rejects", async () => {
  await expect(retry(systemRuntime, broken)).rejects.toThrow("on the spot");
});

test("a store whose calls throw instead of rejecting rejects, and so does a key that can't be one", async () => {
  const store = checked({ traits: { maxWrites: 10 }, get: broken, list: broken, commit: broken } as unknown as Store);
  const asked = [() => store.get("k"), () => store.list("k"), () => store.commit({ writes: [{ remove: "k" }] })];
  for (const ask of asked) await expect(ask()).rejects.toThrow("on the spot");
  await expect(store.get("/")).rejects.toMatchObject({ code: "USAGE" });
});
