import { UsageError } from "@coord/core";
import type { Among } from "../balancer.ts";
import type { Endpoint } from "../endpoint.ts";

/** Those of the own zone, all others, and how much of the load stays. */
export interface Zones {
  readonly local: Among | undefined;
  readonly remote: Among | undefined;
  /** From 0 to 1. */
  readonly localShare: number;
}

export function assertSpill(spillBelow: number): void {
  if (spillBelow >= 0 && spillBelow <= 1) return;
  throw new UsageError(`\`spillBelow\` must be from 0 to 1, got ${String(spillBelow)}.`, {
    operation: "discovery.service",
  });
}

/**
 * Calls stay in the own zone as long as enough of it can be called: the share `spillBelow` of its instances. Below that the others take what is
 * missing, in proportion; where none of the zone can be called, all of it. (Envoy's overprovisioning factor of 1.4 for localities, of which 0.7 is
 * the inverse.)
 *
 * @param known those of the service that could be called, were they well
 * @param able those of them that are
 */
export function zonesOf(
  known: readonly Endpoint[],
  able: readonly Endpoint[],
  zone: string | undefined,
  spillBelow: number,
): Zones {
  if (zone === undefined) return { local: nonEmpty(able), remote: undefined, localShare: 1 };
  const isLocal = ({ instance }: Endpoint) => instance.zone === zone;
  const local = able.filter(isLocal);
  const remote = able.filter((endpoint) => !isLocal(endpoint));
  const share = local.length / Math.max(1, known.filter(isLocal).length);
  const localShare = local.length === 0 ? 0 : share >= spillBelow ? 1 : share / spillBelow;
  return { local: nonEmpty(local), remote: nonEmpty(remote), localShare };
}

export const nonEmpty = (endpoints: readonly Endpoint[]): Among | undefined =>
  endpoints.length > 0 ? (endpoints as Among) : undefined;
