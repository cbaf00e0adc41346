import { threadId } from "node:worker_threads";
import { systemRuntime } from "@coord/core";
import { thisHost } from "@coord/core/recipe";

/** The thread that has made an entry: so that whoever comes after it can tell whether it is gone. */
export interface Registrant {
  readonly host: string;
  readonly pid: number;
  readonly thread: number;
  /** Made anew with each start of a thread, since process ids come back. */
  readonly run: string;
}

const runOfThisThread = Symbol.for("@coord/discovery/run");
/** On the global object, so that two copies of this package agree on it. */
const place = globalThis as { [runOfThisThread]?: string };
place[runOfThisThread] ??= systemRuntime.uniqueId();

export const thisRegistrant: Registrant = {
  host: thisHost,
  pid: process.pid,
  thread: threadId,
  run: place[runOfThisThread],
};

/**
 * Whether the one that made an entry is certainly gone: it ran on this machine, and its process is no more, or this very
 * thread has its number now. What ran elsewhere may live.
 */
export function isGone(other: Registrant | undefined): boolean {
  if (!other || other.host !== thisRegistrant.host) return false;
  if (other.pid === thisRegistrant.pid)
    return other.thread === thisRegistrant.thread && other.run !== thisRegistrant.run;
  return !isRunning(other.pid);
}

export function registrantFrom(found: unknown): Registrant | undefined {
  const { host, pid, thread, run } = (found ?? {}) as Partial<Registrant>;
  const sound =
    typeof host === "string" && Number.isInteger(pid) && Number.isInteger(thread) && typeof run === "string";
  return sound ? { host, pid: pid as number, thread: thread as number, run } : undefined;
}

/** Signal 0 only asks. One that belongs to somebody else may not be asked, and so is there. */
function isRunning(pid: number): boolean {
  if (pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
