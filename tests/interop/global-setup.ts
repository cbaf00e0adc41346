import type { ProvidedContext } from "vitest";
import type { TestProject } from "vitest/node";
import type { Peers } from "../testbed/provision/found.ts";
import { reportMissing } from "../testbed/provision/notice.ts";
import { missingPeers, provisionPeers } from "../testbed/provision/peers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The clients of other languages there are. Tests with one that is missing are to be skipped. */
    peers: Peers;
  }
}

const key = "peers" satisfies keyof ProvidedContext;

/** Provides the clients of other languages to every test, and says which there are none of. */
export async function setup(project: TestProject): Promise<void> {
  const peers = await provisionPeers({ announce: (line) => console.error(line) });
  reportMissing(missingPeers(peers), process.env, (notice) => console.error(notice));
  project.provide(key, peers);
}
