import { Config } from "@coord/config";
import { CoordError, toKey } from "@coord/core";
import { z } from "zod";
import { check } from "../check.ts";
import { eventually, nowMs } from "../clock.ts";
import { step } from "../step.ts";

const name = "limits";
const schema = z.object({ rate: z.number().int().min(1).default(10) });

/** Every worker has the configuration; the parent changes it, well and badly. */
export const liveConfig = step({
  title: "a change of configuration is seen by all, and a bad one by nobody",
  ttlMs: 10_000,

  inWorker({ coord }) {
    let config: Config<typeof schema>;
    let refused = 0;
    return {
      async open() {
        config = await Config.open(coord, name, { schema });
        config.on("rejected", () => {
          refused += 1;
        });
        return config.current.rate;
      },
      rate: () => config.current.rate,
      refused: () => refused,
    };
  },

  async run({ coord, workers }) {
    const rates = () => Promise.all(workers.map((worker) => worker.ask("rate")));
    const before = await Promise.all(workers.map((worker) => worker.ask("open")));
    check(
      before.every((rate) => rate === 10),
      "the schema's default",
      before,
    );
    await using config = await Config.open(coord, name, { schema });
    const startMs = nowMs();
    await config.update((now) => ({ ...now, rate: 20 }), { author: "demo" });
    await eventually("all workers to have the new rate", async () => (await rates()).every((rate) => rate === 20));
    const seenMs = nowMs() - startMs;

    const code = await config.update(() => ({ rate: -1 })).then(() => "accepted", codeOf);
    check(code === "VALIDATION", "a bad change to be refused before it is written", code);
    const garbage = new TextEncoder().encode("no JSON at all");
    await coord.store.commit({ writes: [{ put: toKey(name), value: garbage }] });
    const refusals = () => Promise.all(workers.map((worker) => worker.ask("refused")));
    await eventually("all workers to refuse it", async () => (await refusals()).every((count) => count > 0));
    check(
      (await rates()).every((rate) => rate === 20),
      "the last good rate to stay",
      await rates(),
    );
    return `3 workers saw a change of configuration within ${Math.round(seenMs)} ms, and kept it when a bad one was written past it`;
  },
});

const codeOf = (error: unknown) => (CoordError.is(error) ? error.code : String(error));
