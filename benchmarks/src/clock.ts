/** Microseconds on the system-wide monotonic clock, which all processes of a machine share. */
export const nowUs = (): number => Number(process.hrtime.bigint()) / 1_000;

/** How long it takes, in microseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startUs = nowUs();
  await work();
  return nowUs() - startUs;
}
