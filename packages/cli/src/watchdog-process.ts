// A process beside `coord`, which starts the command and ends it in time, whatever becomes of `coord`: it may be killed, or
// stopped, and its command must not go on when the lock has passed to somebody else. It knows no lock: only until when.
import { type ChildProcess, spawn } from "node:child_process";
import { Leash } from "./child/leash.ts";
import type { Order, Report } from "./child/messages.ts";
import { ProcessGroup } from "./child/process-group.ts";
import { forwarded } from "./child/signals.ts";

const graceMs = Number(process.argv[2]);

let leash: Leash | undefined;

/** Where `coord` is gone already nobody hears it, and that is no error: the end of the channel, which follows, ends the command. */
const tell = (report: Report) => void (process.connected && process.send?.(report, () => {}));

function start({ command, env, untilMs }: Extract<Order, { order: "start" }>): void {
  const child = spawned(command, { ...process.env, ...env });
  if (child?.pid === undefined) return;
  const watching = new Leash({
    group: new ProcessGroup(child.pid),
    graceMs,
    untilMs,
    onEnding: () => tell({ report: "ending" }),
  });
  leash = watching;
  tell({ report: "started", group: child.pid });
  child.on("exit", async (code, signal) => {
    await watching.slip();
    leash = undefined;
    tell({ report: "exited", code, signal });
  });
}

function spawned([file = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): ChildProcess | undefined {
  const failed = ({ code = "", message }: NodeJS.ErrnoException) => tell({ report: "failed", code, message });
  try {
    return spawn(file, args, { env, stdio: "inherit", detached: true }).on("error", failed);
  } catch (error) {
    failed(error as NodeJS.ErrnoException);
    return undefined;
  }
}

const orders: { [Name in Order["order"]]: (order: Extract<Order, { order: Name }>) => void } = {
  start,
  extend: ({ untilMs }) => leash?.extend(untilMs),
  end: () => leash?.end(),
};

process.on("message", (order: Order) => (orders[order.order] as (order: Order) => void)(order));
process.on("disconnect", () => leash?.end());
for (const signal of forwarded) process.on(signal, () => {});
