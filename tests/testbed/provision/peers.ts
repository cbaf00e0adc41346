import { curatorPackages, findCurator } from "./curator.ts";
import type { Peers } from "./found.ts";
import { findKazoo, kazooPackages } from "./kazoo.ts";
import { type Missing, missing } from "./notice.ts";
import { find, type ProvisionOptions, withPackages } from "./provision.ts";

/** Finds the clients of other languages that ours are to get along with, as `provision` finds servers. */
export function provisionPeers(options: ProvisionOptions = {}): Promise<Peers> {
  return withPackages(options, async (path, packages) => ({
    curator: await find(() => findCurator(path, packages)),
    kazoo: await find(() => findKazoo(path, packages)),
  }));
}

export const missingPeers = ({ curator, kazoo }: Peers): readonly Missing[] => [
  ...missing("Curator", curator, curatorPackages),
  ...missing("kazoo", kazoo, kazooPackages),
];
