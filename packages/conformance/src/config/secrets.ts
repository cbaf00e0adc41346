import assert from "node:assert/strict";
import { inspect } from "node:util";
import { CoordError } from "@coord/core";
import type { Case } from "../rig.ts";
import { opened, scribble, viewer } from "./settings.ts";

const secret = 'pass"word\\hunter2';

/** Nobody sees what is secret: rules 44 and 49. */
export const secretCases: readonly Case[] = [
  {
    title: "config: secrets are in the configuration, and in no error, log, explanation, history or print",
    async run(bench) {
      const shown: unknown[] = [];
      const log = (...told: unknown[]) => shown.push(...told);
      const logger = { debug: log, info: log, warn: log, error: log };
      const { coord } = await bench.coord({ logger });
      const options = { secret: ["db.url"], env: "B_", environment: { B_DB__POOL: "3" } };
      const config = await opened(coord, options);
      config.on("rejected", (rejection) => shown.push(rejection));
      await config.set({ db: { url: secret } }, { message: "a new secret" });
      assert.equal(config.current.db.url, secret);
      const failures: Promise<unknown>[] = [
        config.set({ db: { url: { secret } as never } }),
        config.update(() => ({ db: { url: secret, pool: secret as never } })),
        config.set({ db: { url: secret.repeat(100_000) } }),
        config.set({ db: { url: secret } }, { ifVersion: 9 }),
      ].map((work) => work.catch((error: unknown) => error));
      const errors = await Promise.all(failures);
      assert.ok(errors.every((error) => CoordError.is(error, "VALIDATION", "VALUE_TOO_LARGE", "CONFLICT")));
      shown.push(
        ...errors,
        config,
        inspect(config.current),
        inspect(config.current.db),
        config.toJSON(),
        JSON.stringify(config),
      );
      shown.push(...["", "db", "db.url"].map((path) => config.explain(path)), await config.history());
      const bad = { version: 5, value: { db: { url: [secret] } }, author: "a", time: "t", id: "i" };
      await scribble(coord, JSON.stringify(bad));
      await bench.eventually("the rejection", () => config.stored === "invalid");
      const hidden = { B_DB__URL: secret, B_DB__POOL: "none" };
      shown.push(await opened(coord, { ...options, environment: hidden }).catch((error: unknown) => error));
      const whole = { db: secret };
      shown.push(
        await opened(coord, { secret: ["db"], env: "B_", environment: { B_DB: secret } }).catch((error) => error),
      );
      shown.push(await config.set(whole as never).catch((error: unknown) => error), config.rejection);
      shown.push(coord.status());
      const rendered = shown
        .flatMap((each) => [
          inspect(each, { depth: 20, showHidden: true }),
          json(each),
          String(each),
          String((each as Error)?.stack),
        ])
        .join("\n");
      assert.ok(rendered.includes("***"));
      for (const piece of ["hunter2", "word\\hunter", 'pass"'])
        assert.ok(!rendered.includes(piece), around(rendered, piece));
    },
  },
  {
    title: "config: secrets at many places, and all of a part that is one",
    async run(bench) {
      const { config } = await viewer(bench, { secret: ["*.url", "greeting"] });
      await config.set({ greeting: "hunter2", db: { url: "hunter3", pool: 4 } });
      assert.deepEqual(config.explain("").value, {
        rateLimit: 5,
        count: 0,
        greeting: "***",
        db: { url: "***", pool: 4 },
      });
      assert.deepEqual(config.explain("db").layers, [{ layer: "store", value: { url: "***", pool: 4 }, version: 1 }]);
      assert.deepEqual((await config.history())[0]?.value, { greeting: "***", db: { url: "***", pool: 4 } });
      assert.doesNotMatch(inspect([config.current, config.current.db]), /hunter/);
      assert.equal(JSON.parse(JSON.stringify(config.current)).greeting, "hunter2", "it is the application's own");
    },
  },
];

function json(value: unknown): string {
  const own = value instanceof Error ? { ...value, message: value.message } : value;
  return JSON.stringify(own, (_, each) => (typeof each === "bigint" ? String(each) : each)) ?? "";
}

const around = (text: string, piece: string) => {
  const at = text.indexOf(piece);
  return `${JSON.stringify(piece)} is shown: …${text.slice(Math.max(0, at - 200), at + 60)}…`;
};
