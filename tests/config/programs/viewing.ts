// Run by processes.test.ts: views of one document in a process of their own, which tell what they have seen, or updates of it, as fast as they come.
import { Config } from "@coord/config";
import { connect } from "@coord/core";
import { z } from "zod";

const schema = z.object({ count: z.number().default(0) });
const [url = ""] = process.argv.slice(2);
const coord = await connect(url, { session: { ttlMs: 4_000 }, waitMs: 30_000 });

let wentBack = 0;
let shown = 0;
const views: Config<typeof schema>[] = [];

async function look(): Promise<void> {
  const view = await Config.open(coord, "shared", { schema, waitMs: 30_000, keep: 5 });
  let highest = view.current.count;
  view.on("change", ({ count }) => {
    shown += 1;
    if (count < highest) wentBack += 1;
    highest = Math.max(highest, count);
  });
  views.push(view);
}

async function increment(times: number): Promise<void> {
  const [view] = views;
  for (let done = 0; done < times; done += 1) await view?.update((now) => ({ count: (now.count ?? 0) + 1 }));
}

const work: Record<string, (count: number) => Promise<unknown>> = {
  look: (count) => Promise.all(Array.from({ length: count }, look)),
  increment,
  report: async () => undefined,
};

process.on("message", async ({ verb, count }: { readonly verb: string; readonly count: number }) => {
  try {
    await work[verb]?.(count);
    const counts = views.map(({ current }) => current.count);
    process.send?.({ lowest: Math.min(...counts), highest: Math.max(...counts), views: views.length, wentBack, shown });
  } catch (error) {
    process.send?.({ failure: String(error) });
  }
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
