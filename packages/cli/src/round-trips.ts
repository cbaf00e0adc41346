import type { Coord } from "@coord/core";

export interface RoundTrips {
  readonly samples: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

/** How long the store takes to answer: reads of a name that isn't there, one after the other. */
export async function measure(coord: Coord, samples: number, signal: AbortSignal): Promise<RoundTrips> {
  const tookMs: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const sentMs = performance.now();
    await coord.store.get("coord-cli", { signal });
    tookMs.push(performance.now() - sentMs);
  }
  tookMs.sort((a, b) => a - b);
  return { samples, medianMs: rounded(tookMs[Math.floor(samples / 2)]), worstMs: rounded(tookMs.at(-1)) };
}

const rounded = (ms = 0) => Math.round(ms * 100) / 100;
