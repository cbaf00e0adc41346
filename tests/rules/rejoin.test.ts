// With `rejoin` a candidate whose leaderships are lost again and again pauses longer and longer, and begins anew after one that lasted.
import { Bench, simulatedRig } from "@coord/conformance";
import { Election } from "@coord/election";
import { expect, test } from "vitest";

test("after a leadership that lasted the next one is stood for as soon as after the first loss", async () => {
  const rig = simulatedRig(1);
  await rig.drive(async () => {
    const bench = new Bench(rig, "rejoin");
    const { coord } = await bench.coord();
    const now = () => rig.runtime.now();
    const shutdown = new AbortController();
    const losing = Array.from({ length: 9 }, () => 0);
    const lasting = Array.from({ length: 6 }, () => 60_000);
    const lastsMs = [...losing, ...lasting];
    const pausesMs: number[] = [];
    let lostMs = now();
    await new Election(coord, "e").lead(
      async ({ signal }) => {
        pausesMs.push(now() - lostMs);
        const forMs = lastsMs.shift();
        if (forMs === undefined) return shutdown.abort("enough");
        await bench.pause(forMs);
        await rig.expire(coord.status().session?.id ?? "");
        await bench.eventually("the loss", () => signal.aborted);
        if (forMs === 0) await bench.pause(11_000); // how long a body takes to end says nothing of its leadership
        lostMs = now();
      },
      { rejoin: true, signal: shutdown.signal, graceMs: 60_000 },
    );
    const [, ...after] = pausesMs.slice(losing.length);
    expect(Math.max(...pausesMs), "they grow while nothing lasts").toBeGreaterThan(2_000);
    expect(Math.max(...after), after.join(", ")).toBeLessThan(1_500);
    await bench.close();
  }, 3_600_000);
});
