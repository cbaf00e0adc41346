// Preloaded into a watchdog: it is killed when it has started a command, before it tells.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";

const { spawn } = childProcess;

if (process.argv[1]?.endsWith("watchdog-process.js")) {
  childProcess.spawn = (...args) => {
    spawn(...args);
    process.kill(process.pid, "SIGKILL");
  };
  syncBuiltinESMExports();
}
