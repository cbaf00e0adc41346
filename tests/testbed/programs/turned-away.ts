// Run by gone-host.test.ts: connects in vain, and tells how that ended and how long the process lived on.
import { connect } from "@coord/core";

const [, , url = ""] = process.argv;
const code = await connect(url, { waitMs: 3_000 }).then(
  (coord) => coord.close().then(() => "connected"),
  (error) => error.code,
);
const toldAtMs = performance.now();
let lingering: readonly string[] = [];
setTimeout(() => (lingering = process.getActiveResourcesInfo()), 400).unref();
process.on("exit", () => console.log(JSON.stringify({ code, exitMs: performance.now() - toldAtMs, lingering })));
