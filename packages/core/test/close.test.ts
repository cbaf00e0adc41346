import { memory } from "@coord/memory";
import { expect, test } from "vitest";
import { connect } from "../src/connect.ts";
import { contextOf } from "../src/recipe-context.ts";
import type { Backend, Store } from "../src/store.ts";

const decorated = (decorate: (store: Store) => Store): Backend => {
  const backend = memory();
  return { ...backend, open: async (context) => decorate(await backend.open(context)) };
};

const never = () => new Promise<never>(() => {});

test("close() never rejects, also when the store's own close() throws", async () => {
  const throwing = () => {
    throw new Error("thrown, not rejected");
  };
  const coord = await connect(decorated((store) => ({ ...store, close: throwing })));
  await expect(coord.close()).resolves.toBeUndefined();
});

test("close() settles within two seconds when all that it waits for hangs", async () => {
  const hanging = decorated((store) => ({
    ...store,
    close: never,
    openSession: async (options) => {
      const { id, ttlMs, sentAtMs } = await store.openSession(options);
      return { id, ttlMs, sentAtMs, renew: never, close: never };
    },
  }));
  const coord = await connect(hanging);
  void contextOf(coord).track(never());
  const startMs = performance.now();
  await coord.close();
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test.each(["memory:a/%zz", "memory:a/%"])("%s, whose namespace can't be decoded, is a UsageError", async (url) => {
  await expect(connect(url)).rejects.toMatchObject({ code: "USAGE" });
});
