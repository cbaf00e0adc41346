import { expect, test } from "vitest";
import { bundle } from "../structure/bundle.ts";
import { run } from "../structure/run.ts";
import { startGoneHost } from "./gone-host.ts";

test.each(["etcd", "zk"])("who finds no machine behind %s:// is told so, and its process ends", async (scheme) => {
  await using host = await startGoneHost();
  const program = await bundle(new URL("programs/turned-away.ts", import.meta.url), `turned-away-${scheme}`);
  const { output, stdout } = await run(process.execPath, [program, `${scheme}://${host.address}`], { limitMs: 30_000 });
  expect(stdout, output).not.toBe("");
  const { code, exitMs, lingering } = JSON.parse(stdout);
  expect(code).toBe("UNAVAILABLE");
  expect(exitMs, lingering.join()).toBeLessThan(700); // a second is what gRPC's timers take
});
