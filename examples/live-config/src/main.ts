// One process changes the configuration, once well and once badly; all of them have it, typed and live.
import { CountDownLatch, CyclicBarrier } from "@coord/barrier";
import { Config } from "@coord/config";
import { CoordError, connect } from "@coord/core";
import { z } from "zod";

const { COORD_URL = "file:./.coord", NAME = "worker" } = process.env;
const coord = await connect(COORD_URL, { owner: NAME });

const schema = z.object({ rateLimit: z.number().int().min(1).default(10) });
const config = await Config.open(coord, "billing", { schema });
console.log(`starts with rate limit ${config.current.rateLimit}`);

const raised = new Promise<void>((resolve) => {
  const told = (now: number) => {
    console.log(`sees rate limit ${now}`);
    if (now === 30) resolve();
  };
  config.select((c) => c.rateLimit).on("change", told);
});

const { index } = await new CyclicBarrier(coord, "opened", { parties: 3 }).arrive(); // all have it open by now
if (index === 0) {
  const bad = await config.update(() => ({ rateLimit: -1 })).catch((error: unknown) => error);
  if (CoordError.is(bad, "VALIDATION")) console.log(`is refused: ${bad.message}`);
  await config.update((now) => ({ ...now, rateLimit: 30 }), { author: NAME, message: "sale" });
}
await raised;
await new CountDownLatch(coord, "seen", { count: 3 }).countDown(NAME);
await coord.close();
