import { UsageError } from "@coord/core";
import type { Endpoint } from "../endpoint.ts";
import { hashOf, mixed } from "../hashing.ts";

export interface SubsetOptions {
  /** Of so many instances at most one client keeps connections to. */
  readonly size: number;
  /** Who this client is: clients of different names get different subsets. Default: the client's `owner`. */
  readonly client?: string | undefined;
}

export function assertSubset({ size, client }: SubsetOptions): void {
  if (client !== undefined && typeof client !== "string")
    throw new UsageError("`subset.client` must be a string.", { operation: "discovery.service" });
  if (Number.isInteger(size) && size > 0) return;
  throw new UsageError(`\`subset.size\` must be a whole number above 0, got ${String(size)}.`, {
    operation: "discovery.service",
  });
}

/**
 * The part of the instances that this client calls: always the same, and when one leaves or comes at most one of them changes. Over
 * many clients every instance has about as many. (gRFC A68, "Random subsetting with rendezvous hashing"; why subsets: Google, "Site
 * Reliability Engineering", chapter 20.)
 */
export function subsetOf(endpoints: readonly Endpoint[], { size }: SubsetOptions, client: string): readonly Endpoint[] {
  if (endpoints.length <= size) return endpoints;
  const clientHash = hashOf(client);
  return endpoints
    .map((endpoint) => ({ endpoint, score: mixed(clientHash, hashOf(endpoint.instance.id)) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, size)
    .map(({ endpoint }) => endpoint)
    .sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
}
