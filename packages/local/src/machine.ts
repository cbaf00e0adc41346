import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { UsageError } from "@coord/core/spi";

/**
 * The monotonic clock that all processes of the machine share, in milliseconds: sessions end by it, whoever looks. It doesn't
 * count the time in which the whole machine is suspended, and begins anew with each boot.
 */
export function machineNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** By which one boot of the machine is told from every other: what was measured on the clock of another one means nothing. */
export function bootId(): string {
  try {
    if (process.platform === "linux") return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    if (process.platform === "darwin") {
      return execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }).trim();
    }
  } catch (cause) {
    throw new UsageError("The embedded store can't tell one boot of this machine from another, which it needs to.", {
      operation: "connect",
      cause,
    });
  }
  throw new UsageError(
    `The embedded store runs on Linux and macOS, not on ${process.platform}. Use a store on a server, such as etcd.`,
    { operation: "connect" },
  );
}

/** Whether a process of this number runs, whoever's it is. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
