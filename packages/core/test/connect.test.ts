import { memory } from "@coord/memory";
import { expect, test } from "vitest";
import { connect } from "../src/connect.ts";
import type { Backend } from "../src/store.ts";

const rejection = async (work: Promise<unknown>): Promise<Error & { code?: string }> =>
  work.then(
    () => expect.fail("it resolved"),
    (error) => error,
  );

test.each([
  ["redis://localhost", /scheme "redis:" is not known.*memory:/],
  ["localhost:2379", /scheme "localhost:" is not known/],
  ["", /no scheme/],
  ["memory:", /names no store.*memory:name/],
])("connect(%j) is refused with what to write instead", async (url, message) => {
  const error = await rejection(connect(url));
  expect(error.code).toBe("USAGE");
  expect(error.message).toMatch(message);
});

test.each([
  [{ session: { ttlMs: 0 } }, /session.ttlMs/],
  [{ session: { ttlMs: Number.NaN } }, /session.ttlMs/],
  [{ session: { ttlMs: "5" as unknown as number } }, /session.ttlMs/],
  [{ waitMs: -1 }, /waitMs/],
  [{ owner: "" }, /owner/],
  [{ namespace: "a//b" }, /empty segment/],
])("connect() with %j names the option that is wrong", async (options, message) => {
  const error = await rejection(connect("memory:options", options));
  expect(error.code).toBe("USAGE");
  expect(error.message).toMatch(message);
});

test("one name is one store within a process, and a path is a namespace in it", async () => {
  const [whole, inside, other] = await Promise.all([
    connect("memory:shared"),
    connect("memory:shared/team"),
    connect("memory:other"),
  ]);
  await inside.store.commit({ writes: [{ create: "k", value: new Uint8Array() }] });
  expect((await whole.store.get("team/k"))?.key).toBe("team/k");
  expect(await other.store.get("team/k")).toBeUndefined();
  expect(inside.status()).toMatchObject({ endpoints: ["memory:shared"], namespace: "team", state: "connected" });
  await Promise.all([whole.close(), inside.close(), other.close()]);
});

test("a store that can't be reached is named with its endpoints and the last reason, and nothing is left running", async () => {
  const silent: Backend = {
    ...memory(),
    endpoints: ["one:1", "two:2"],
    open: async (context) => ({ ...(await memory().open(context)), openSession: () => new Promise(() => {}) }),
  };
  const error = await rejection(connect(silent, { waitMs: 20 }));
  expect(error.code).toBe("UNAVAILABLE");
  expect(error.message).toMatch(/within 20 ms at one:1, two:2.*Check/);
});

test("a signal cancels connect() with its own reason", async () => {
  const reason = new Error("mine");
  expect(await rejection(connect("memory:cancelled", { signal: AbortSignal.abort(reason) }))).toBe(reason);
});
