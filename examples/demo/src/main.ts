// The parent: it has the memory store and performs the steps, each with three worker processes of its own.
import { report } from "./report.ts";
import { steps } from "./steps/index.ts";
import { killAll } from "./worker-process.ts";

process.on("exit", killAll); // however this process ends, its workers end too
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
for (const [signal, code] of Object.entries(exitCodes)) process.on(signal, () => process.exit(code));

process.exitCode = await report(steps, {
  write: (line) => console.log(line),
  colors: process.stdout.isTTY && process.stdout.hasColors(),
});
