import type { Hold } from "@coord/core";
import { EndedEarly } from "../failure.ts";
import type { Interrupts } from "./interrupts.ts";
import { machineMs } from "./machine-clock.ts";
import type { Command, Watchdog } from "./watchdog.ts";

/** How often the watchdog is told for how long the hold stands now. */
const tellMs = 100;

/**
 * Runs a command while a hold stands. It is told to end so early that it is gone before the hold can pass to somebody else,
 * whether the store, the network, this process or the command itself is at fault; only a hold that is taken away at the
 * store can't be foreseen. Resolves with the command's exit code.
 */
export async function runUnder(
  hold: Hold,
  command: Command,
  { watchdog, interrupts }: { readonly watchdog: Watchdog; readonly interrupts: Interrupts },
): Promise<number> {
  interrupts.signal.throwIfAborted();
  hold.check();
  const untilMs = () => machineMs() + hold.remainingMs;
  const running = watchdog.run(command, untilMs());
  const telling = setInterval(() => hold.lost || running.mayRunUntil(untilMs()), tellMs);
  const stopForwarding = interrupts.forwardTo(running);
  const onLost = () => (hold.signal.reason?.reason === "deadline" ? running.kill() : running.end());
  hold.signal.addEventListener("abort", onLost, { once: true });
  try {
    const code = await running.exitCode();
    if (running.early)
      throw new EndedEarly("The command was ended because what it ran under was lost, or about to be.");
    return code;
  } finally {
    clearInterval(telling);
    stopForwarding();
    hold.signal.removeEventListener("abort", onLost);
  }
}
