// Preloaded into a watchdog: it tells that it has started a command only when that runs, by a sign in a file, and `coord` is gone.
import childProcess from "node:child_process";
import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { COORD_TEST_SIGN: sign } = process.env;
const coord = process.ppid;
const { spawn } = childProcess;
const moment = new Int32Array(new SharedArrayBuffer(4));

if (process.argv[1]?.endsWith("watchdog-process.js")) {
  childProcess.spawn = (...args) => {
    const child = spawn(...args);
    while (!existsSync(sign) || process.ppid === coord) Atomics.wait(moment, 0, 0, 5);
    return child;
  };
  syncBuiltinESMExports();
}
