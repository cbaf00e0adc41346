import { constants } from "node:os";

/** Can't be caught. */
const final = ["SIGKILL", "SIGSTOP"];
/** Tell a process what it did itself, or its own terminal and children did to it. */
const personal = ["SIGABRT", "SIGBUS", "SIGCHLD", "SIGFPE", "SIGILL", "SIGIOT", "SIGPIPE", "SIGPROF", "SIGSEGV"];
const more = ["SIGSTKFLT", "SIGSYS", "SIGTRAP", "SIGTTIN", "SIGTTOU"];
/** Have a way of their own: a stopped command is continued with `coord`. */
const jobControl = ["SIGTSTP", "SIGCONT"];

const names = Object.keys(constants.signals) as NodeJS.Signals[];

/** The signals that a command gets when `coord` does. */
export const forwarded: readonly NodeJS.Signals[] = names.filter(
  (name) => ![...final, ...personal, ...more, ...jobControl].includes(name),
);

/** The signals by which somebody asks a process to end. */
export const ending = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const satisfies readonly NodeJS.Signals[];

/** As a shell has it. */
export const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
