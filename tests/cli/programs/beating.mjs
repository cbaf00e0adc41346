// A command that shows when it ran: it adds a line to a file every few milliseconds, with the machine's monotonic clock and
// what COORD_FENCING_TOKEN it was given. `stubborn`: it doesn't end by TERM. `family`: a process that it started beats, too.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [file, ...manners] = process.argv.slice(2);
const role = manners.includes("grandchild") ? "grandchild" : "child";
const write = (what) =>
  appendFileSync(
    file,
    `${JSON.stringify({ what, role, pid: process.pid, atMs: Number(process.hrtime.bigint()) / 1e6, token: process.env.COORD_FENCING_TOKEN })}\n`,
  );

if (manners.includes("stubborn")) process.on("SIGTERM", () => write("TERM"));
for (const signal of ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGWINCH", "SIGALRM"]) process.on(signal, () => write(signal));
if (manners.includes("family")) {
  const rest = manners.filter((manner) => manner !== "family");
  spawn(process.execPath, [fileURLToPath(import.meta.url), file, "grandchild", ...rest], { stdio: "ignore" });
}
write("beat");
setInterval(() => write("beat"), 20);
