import { inspect } from "node:util";
import { Config } from "@coord/config";
import { type Coord, CoordError, connect } from "@coord/core";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, expectTypeOf, onTestFinished, test } from "vitest";
import { z } from "zod";

let names = 0;
async function client(): Promise<Coord> {
  names += 1;
  const coord = await connect(`memory:config-schemas-${names}`);
  onTestFinished(() => coord.close());
  return coord;
}

const secret = "hunter2-and-more";

describe("schemas of", () => {
  test("zod: defaults, transformations, issues and types", async () => {
    const schema = z.object({
      rateLimit: z.number().int().min(1).default(5),
      mode: z.enum(["fast", "safe"]).default("safe"),
      db: z.object({ url: z.string().default("none"), pool: z.number().default(1) }).prefault({}),
      hosts: z.array(z.string()).default([]),
      since: z.iso
        .date()
        .optional()
        .transform((text) => (text === undefined ? undefined : new Date(text))),
    });
    const config = await Config.open(await client(), "app", {
      schema,
      defaults: { db: { pool: 3 } },
      env: "APP_",
      environment: { APP_RATE_LIMIT: "7", APP_HOSTS: '["a","b"]', APP_DB__URL: "12" },
    });
    expect(config.current).toEqual({ rateLimit: 7, mode: "safe", db: { url: "12", pool: 3 }, hosts: ["a", "b"] });
    await config.update((now) => ({ ...now, since: "2026-01-02" }));
    expect(config.current.since?.getFullYear()).toBe(2026);
    await expect(config.set({ mode: "slow" as never })).rejects.toMatchObject({
      code: "VALIDATION",
      issues: [{ path: ["mode"] }],
    });
    expectTypeOf(config.current.rateLimit).toEqualTypeOf<number>();
    expectTypeOf(config.current.mode).toEqualTypeOf<"fast" | "safe">();
    expectTypeOf(config.current.hosts).toEqualTypeOf<readonly string[]>();
    expectTypeOf(config.current.since).toEqualTypeOf<Date | undefined>();
    expectTypeOf(config.select((c) => c.db.pool).current).toEqualTypeOf<number>();
    // @ts-expect-error what is read can't be written
    expect(() => (config.current.rateLimit = 3)).toThrow(TypeError);
    // @ts-expect-error there is no such part
    expect(config.current.nothing).toBeUndefined();
    // @ts-expect-error a limit is a number
    await expect(config.update(() => ({ rateLimit: "many" }))).rejects.toThrow(/rateLimit/);
  });

  test("zod: what it has frozen itself is frozen in its parts, too, and prints no secret", async () => {
    const db = z.object({ url: z.string(), hosts: z.array(z.string()) });
    const schema = z.object({ db: db.readonly() }).readonly();
    const defaults = { db: { url: secret, hosts: ["a"] } };
    const config = await Config.open(await client(), "app", { schema, defaults, secret: ["db.url"] });
    expect(config.current.db.url).toBe(secret);
    expect(inspect(config.current, { depth: 9 })).not.toContain("hunter2");
    expect(inspect(config.current.db)).toContain("***");
    expect(Object.isFrozen(config.current.db.hosts)).toBe(true);
  });

  test("valibot: the same, and what its messages quote is not shown where it is secret", async () => {
    const schema = v.object({
      rateLimit: v.optional(v.pipe(v.number(), v.integer()), 5),
      token: v.optional(v.pipe(v.string(), v.startsWith("t-")), "t-0"),
    });
    const config = await Config.open(await client(), "app", { schema, secret: ["token"] });
    expectTypeOf(config.current).toEqualTypeOf<{ readonly rateLimit: number; readonly token: string }>();
    await config.set({ rateLimit: 20 });
    expect(config.current).toEqual({ rateLimit: 20, token: "t-0" });
    const refused = await config.set({ token: secret }).catch((error: unknown) => error);
    expect(CoordError.is(refused, "VALIDATION")).toBe(true);
    expect(String(refused)).not.toContain("hunter2");
  });

  test("arktype: the same, and an issue that quotes the whole document tells no secret", async () => {
    const schema = type({ rateLimit: "number.integer = 5", "db?": { url: "string", "+": "reject" } }).narrow(
      ({ db }, context) => db?.url !== secret || context.mustBe(`another one than ${JSON.stringify({ db })}`),
    );
    const config = await Config.open(await client(), "app", { schema, secret: ["db.url"] });
    expectTypeOf(config.current.rateLimit).toEqualTypeOf<number>();
    await config.set({ db: { url: "postgres://a" } });
    expect(config.current).toEqual({ rateLimit: 5, db: { url: "postgres://a" } });
    const refused = await config.set({ db: { url: secret } }).catch((error: unknown) => error);
    expect(String(refused)).toContain("another one than");
    expect(String(refused)).not.toContain("hunter2");
  });

  test("an asynchronous one that throws is no valid one, and the application keeps what it has", async () => {
    const schema = v.pipeAsync(
      v.object({ url: v.optional(v.string(), "a") }),
      v.checkAsync(async ({ url }) => {
        if (url === secret) throw new Error(`can't reach ${url}`);
        return true;
      }),
    );
    const config = await Config.open(await client(), "app", { schema, secret: ["url"] });
    const refused = await config.set({ url: secret }).catch((error: unknown) => error);
    expect(String(refused)).toContain("can't reach ***");
    expect(config.current).toEqual({ url: "a" });
  });
});
