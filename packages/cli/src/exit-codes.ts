/** As sysexits.h has them, and the shell's two of a command that could not be run. */
export const exitCodes = {
  /** Not as asked for: a conflict, a check that failed. */
  no: 1,
  usage: 64,
  unreachable: 69,
  failed: 70,
  lost: 74,
  notInTime: 75,
  forbidden: 77,
  notRunnable: 126,
  notFound: 127,
} as const;
