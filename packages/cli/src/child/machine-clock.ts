/** The machine's monotonic clock in milliseconds, the same for all of its processes. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;
